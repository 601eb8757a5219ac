// The numbers of the picture, without a page: axes, input, kernel, outputs.
// "field" is the grid the windows lie on, "index" the grid of windows: a convolution's input and its output.
// A transposed convolution swaps the two: its windows lie on the output.
const HEAVY = 65536; // products that one output may have

const INPUTS = {
  blob(r, c, high, wide) {
    const y = (r - Math.round(0.45 * (high - 1))) / high;
    const x = (c - Math.round(0.55 * (wide - 1))) / wide;
    return Math.floor(9.4 * Math.exp(-9 * (x * x + y * y)));
  },
  stripes: (r, c, high, wide) => (Math.floor(c / Math.max(2, wide >> 4)) % 2) * 6,
  corner: (r, c, high, wide) => (r >= high >> 1 && c >= wide >> 1 ? 6 : 0),
  ones: () => 1,
};

const middle = (count) => (count - 1) >> 1;
const slope = (k, n) => Math.sign(k - (n - 1) / 2) * Math.ceil(Math.abs(k - (n - 1) / 2));
const hat = (k, n) => Math.min(k, n - 1 - k) + 1;
const away = (r, c, high, wide) => Math.abs(r - middle(high)) + Math.abs(c - middle(wide));
const KERNELS = {
  edge: (r, c, high, wide) => (wide > 1 ? slope(c, wide) * hat(r, high) : slope(r, high) * hat(c, wide)),
  blur: (r, c, high, wide) => 1 / (high * wide),
  identity: (r, c, high, wide) => Number(away(r, c, high, wide) === 0),
  sharpen: (r, c, high, wide) => [1 + Math.min(2, high - 1) + Math.min(2, wide - 1), -1][away(r, c, high, wide)] ?? 0,
  ones: () => 1,
};

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
const range = (first, count, step = 1) => Array.from({ length: Math.max(0, count) }, (_, n) => first + n * step);
const list = ({ first, count, step }) => range(first, count, step);
const outside = (axis, position) => position < 0 || position >= axis.size;

// The mirror of explainer/arithmetic/axis.py. `low` and `high` are the ends of what is drawn.
function prepareAxis(axis, adaptive) {
  let [a, b] = [axis.dilation, axis.stride];
  while (b) [a, b] = [b, a % b];
  const end = (axis.output - 1) * axis.stride - axis.before + axis.dilation * (axis.kernel - 1) + 1;
  const high = adaptive ? axis.size : Math.max(axis.size, axis.size + axis.after, end);
  return { ...axis, adaptive, low: Math.min(0, -axis.before), high, period: axis.dilation / a };
}

function windowOf(axis, index) {
  if (!axis.adaptive) return range(index * axis.stride - axis.before, axis.kernel, axis.dilation);
  const first = Math.floor((index * axis.size) / axis.output);
  return range(first, Math.ceil(((index + 1) * axis.size) / axis.output) - first);
}

// The windows over a position, as first, step and count: never a long list.
function reach(axis, position) {
  if (axis.adaptive) {
    const first = Math.floor((position * axis.output) / axis.size);
    return { first, step: 1, count: Math.ceil(((position + 1) * axis.output) / axis.size) - first };
  }
  const shifted = position + axis.before;
  const first = Math.max(0, Math.ceil((shifted - axis.dilation * (axis.kernel - 1)) / axis.stride));
  const last = Math.min(axis.output - 1, Math.floor(shifted / axis.stride));
  for (let index = first; index <= last && index < first + axis.period; index++)
    if ((shifted - index * axis.stride) % axis.dilation === 0)
      return { first: index, step: axis.period, count: Math.floor((last - index) / axis.period) + 1 };
  return { first: 0, step: 1, count: 0 };
}

// The input position whose value stands at a position; null for zeros and beyond the padding.
function sourceOf(axis, position, mode) {
  if (!outside(axis, position)) return position;
  if (mode === "zeros" || position >= axis.size + axis.after) return null;
  if (mode === "replicate") return position < 0 ? 0 : axis.size - 1;
  if (mode === "circular") return (position + axis.size) % axis.size;
  return position < 0 ? -position : 2 * (axis.size - 1) - position;
}

function copiesIn(axis, mode) {
  if (mode === "zeros") return new Set();
  const padding = [...range(axis.low, -axis.low), ...range(axis.size, axis.after)];
  return new Set(padding.filter((position) => reach(axis, position).count).map((position) => sourceOf(axis, position, mode)));
}

const FIRST_KERNEL = { conv: "edge", transposed: "ones" };
const cellsOf = (text) => (text ? text.split("_") : []).map((cell) => /^(\d+)-(\d+)-(.+)$/.exec(cell).slice(1).map(Number));
const written = (cells) => cells.map((cell) => cell.join("-")).join("_");

function createModel() {
  const m = { edits: new Map(), input: "blob", kernels: { ...FIRST_KERNEL }, changed: new Map(), table: null, bias: 1 };
  Object.assign(m, { chosen: null, upTo: Infinity, shape: "", size: "" }); // upTo: how far the playing window has come
  let rows, cols, wide, mode;

  m.load = (scene) => {
    m.scene = scene;
    mode = scene.mode;
    m.turned = scene.kind === "transposed";
    m.weighted = m.turned || scene.kind === "conv";
    [rows, cols] = m.axes = scene.axes.map((axis) => prepareAxis(axis, scene.adaptive));
    [m.high, wide] = m.turned ? [rows.output, cols.output] : [rows.size, cols.size];
    m.copies = m.axes.map((axis) => copiesIn(axis, mode));
    m.products = Math.min(rows.kernel, rows.high - rows.low) * Math.min(cols.kernel, cols.high - cols.low);
    m.steps = rows.output * cols.output;
    const [size, shape] = [`${m.high} ${wide}`, `${scene.kind} ${rows.kernel} ${cols.kernel}`];
    if (m.size !== size) m.edits.clear();
    if (m.shape !== shape) forget();
    Object.assign(m, { size, shape });
    if (!m.chosen || m.chosen[0] >= rows.output || m.chosen[1] >= cols.output)
      m.chosen = [middle(rows.output), middle(cols.output)];
  };

  m.choices = () => (rows.kernel * cols.kernel > 1 ? Object.keys(KERNELS) : ["identity"]);
  m.kernel = () => (m.choices().length > 1 ? m.kernels[m.scene.kind] : "identity");
  m.step = () => m.chosen[0] * cols.output + m.chosen[1];
  m.go = (step) => {
    const to = clamp(step, 0, m.steps - 1);
    m.chosen = [Math.floor(to / cols.output), to % cols.output];
  };

  m.inputAt = (r, c) => m.edits.get(r * wide + c) ?? INPUTS[m.input](r, c, m.high, wide);
  m.editInput = (r, c, value) => m.edits.set(r * wide + c, value);
  const presetAt = (r, c) => KERNELS[m.kernel()](r, c, rows.kernel, cols.kernel);
  const tabled = () => range(0, rows.kernel * cols.kernel).map((n) => presetAt(Math.floor(n / cols.kernel), n % cols.kernel));
  m.choose = (name) => {
    m.kernels[m.scene.kind] = name;
    forget();
  };
  function forget() {
    m.changed.clear();
    m.table = null;
  }
  m.weightAt = (r, c) => {
    if (rows.kernel * cols.kernel > HEAVY) return presetAt(r, c);
    m.table ??= tabled();
    return m.table[r * cols.kernel + c];
  };
  m.editWeight = (r, c, value) => {
    m.table ??= tabled();
    m.table[r * cols.kernel + c] = value;
    m.changed.set(r * cols.kernel + c, value);
  };

  // What was drawn by hand, as it stands in the link; empty for what is as at the beginning.
  m.drawn = () => {
    const cells = (found, across) => written([...found].map(([at, value]) => [Math.floor(at / across), at % across, value]));
    const kernel = m.weighted && m.kernel() !== FIRST_KERNEL[m.scene.kind] ? m.kernels[m.scene.kind] : "";
    return {
      picture: m.input === "blob" ? "" : m.input,
      pixels: cells(m.edits, wide),
      filter: m.choices().length > 1 ? kernel : "",
      weights: m.weighted ? cells(m.changed, cols.kernel) : "",
      offset: m.scene.bias && m.bias !== 1 ? String(m.bias) : "",
    };
  };
  m.draw = ({ picture, pixels, filter, weights, offset }) => {
    m.input = picture || "blob";
    m.edits.clear();
    for (const [r, c, value] of cellsOf(pixels)) if (r < m.high && c < wide) m.editInput(r, c, value);
    if (!m.weighted) return;
    m.choose(filter || FIRST_KERNEL[m.scene.kind]);
    for (const [r, c, value] of cellsOf(weights)) if (r < rows.kernel && c < cols.kernel) m.editWeight(r, c, value);
    m.bias = offset ? Number(offset) : 1;
  };

  // What the infinite norm compares.
  m.compared = (value) => (m.scene.absolute ? Math.abs(value) : value);

  // What a window reads at a position of the padded input.
  m.readAt = (r, c) => {
    const [y, x] = [sourceOf(rows, r, mode), sourceOf(cols, c, mode)];
    if (y === null || x === null) return m.scene.kind === "max" ? -Infinity : 0;
    return m.inputAt(y, x);
  };

  // For one output on one axis: pairs of kernel cell and input position.
  m.taps = (axis, output) =>
    m.turned
      ? list(reach(axis, output)).map((index) => [(output + axis.before - index * axis.stride) / axis.dilation, index])
      : windowOf(axis, output).map((position, cell) => [cell, position]);

  // The sum and the value of one output; null where a layer only copies or where there is too much to add.
  m.outcome = (r, c) => {
    const { kind, norm } = m.scene;
    const [ys, xs] = [m.taps(rows, r), m.taps(cols, c)];
    if (kind === "copy" || ys.length * xs.length > HEAVY) return { total: null, value: null };
    let total = kind === "max" ? -Infinity : 0;
    for (const [i, y] of ys)
      for (const [j, x] of xs) {
        if (m.turned && y * wide + x > m.upTo) continue;
        const value = m.turned ? m.inputAt(y, x) : m.readAt(y, x);
        if (kind === "max") total = Math.max(total, m.compared(value));
        else total += m.weighted ? value * m.weightAt(i, j) : kind === "lp" ? value ** norm : value;
      }
    return { total, ...finish(total, ys, xs) };
  };

  function finish(total, ys, xs) {
    const { kind, counted, norm, bias } = m.scene;
    if (m.weighted) return { value: total + (bias ? m.bias : 0) };
    if (kind === "max") return { value: total };
    const inside = (axis, taps) => taps.filter(([, p]) => (counted ? p < axis.size + axis.after : !outside(axis, p))).length;
    const cells = inside(rows, ys) * inside(cols, xs);
    const divisor = m.scene.divisor ?? cells;
    if (kind === "avg") return { divisor, value: total / divisor };
    return { value: (total * ((ys.length * xs.length) / cells)) ** (1 / norm) };
  }

  m.outputAt = (r, c) => (!m.turned && r * cols.output + c > m.upTo ? null : m.outcome(r, c).value);

  m.isDead = (turn, position) => !reach(m.axes[turn], position).count && !m.copies[turn].has(position);
  m.fieldKind = (r, c) => {
    if (m.isDead(0, r) || m.isDead(1, c)) return "dead";
    if (r >= rows.size + rows.after || c >= cols.size + cols.after) return "over";
    return outside(rows, r) || outside(cols, c) ? "pad" : "";
  };
  return m;
}
