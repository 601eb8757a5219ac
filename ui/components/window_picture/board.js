// One grid. A small one has a cell for each position; a long one is a canvas on which only the focused cell is real.
const MOST = 26; // cells along the longer side of a small grid
const BUDGET = 5e5; // products that one repaint may add up
const SAMPLES = 256; // along one side of a canvas
const TINY = 7.4; // px below which a number is not written

const minus = (text) => String(text).replace("-", "−");

function num(value, digits = 2) {
  if (value === null) return "·";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value < 0 ? "−∞" : "∞";
  return minus(Math.round(value * 10 ** digits) / 10 ** digits);
}

function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name in element && name !== "role") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// spec: name, label, rows, cols, r0, c0, cell and tall (px), value(r, c), write(value, digits), and where needed kind(r, c),
// describe(r, c, value), scale, cost, hatched(turn, position), plain for a grid that is only looked at.
function createBoard(spec) {
  const { rows, cols, name, plain } = spec;
  const real = rows <= MOST && cols <= MOST;
  const role = (found) => (plain ? {} : { role: found });
  const grid = h("div", { className: "grid", ...role("grid") });
  if (!plain) {
    grid.setAttribute("aria-label", spec.label);
    grid.setAttribute("aria-rowcount", rows);
    grid.setAttribute("aria-colcount", cols);
  }
  const el = h("div", { className: `board ${name}` }, grid);
  const b = { ...spec, real, grid, el, cells: [], marked: [], at: [Math.max(0, spec.r0), Math.max(0, spec.c0)] };
  const kindAt = spec.kind ?? (() => "");
  const cell = () => h("div", { className: "cell", ...role("gridcell"), ...(plain ? {} : { tabIndex: -1 }) });
  const row = (...cells) => h("div", { className: "row", ...role("row") }, ...cells);
  if (real) {
    b.cells = range(0, rows * cols).map(cell);
    grid.append(...range(0, rows).map((r) => row(...b.cells.slice(r * cols, (r + 1) * cols))));
    el.style.width = `${cols * Math.min(spec.cell, spec.tall / rows)}px`;
  } else {
    const ratio = clamp(cols / rows, 1 / 16, 16);
    b.canvas = el.insertBefore(h("canvas", { "aria-hidden": "true" }), grid);
    b.marker = cell();
    grid.append(row(b.marker));
    const most = name === "index" ? 300 : 380;
    el.style.width = `${Math.min(most, most * ratio)}px`;
    el.style.aspectRatio = ratio;
  }
  el.style.setProperty("--n", cols);
  b.frame = el.appendChild(h("div", { className: "frame", hidden: true }));

  b.cellAt = (r, c) => {
    if (real) return b.cells[(r - b.r0) * cols + c - b.c0];
    b.place(b.marker, [r], [c]);
    describe(b.marker, r, c, spec.value(r, c));
    return b.marker;
  };

  b.pick = (event) => {
    const box = el.getBoundingClientRect();
    const cut = (share, count) => clamp(Math.floor(share * count), 0, count - 1);
    return [b.r0 + cut((event.clientY - box.top) / box.height, rows), b.c0 + cut((event.clientX - box.left) / box.width, cols)];
  };

  b.focused = () => grid.contains(el.getRootNode().activeElement);

  b.rove = (r, c, grab) => {
    if (real) b.cellAt(...b.at).tabIndex = -1;
    b.at = [r, c];
    const target = b.cellAt(r, c);
    target.tabIndex = 0;
    if (grab) target.focus({ preventScroll: !real });
  };

  // Puts an element over the positions; what lies outside of the grid is cut off.
  b.place = (element, ys, xs) => {
    const cut = (found, first, count) =>
      [found[0] - first, (found.at(-1) ?? found[0]) + 1 - first].map((edge) => clamp(edge, 0, count) / count);
    const [[top, bottom], [left, right]] = [cut(ys, b.r0, rows), cut(xs, b.c0, cols)];
    element.hidden = !(bottom > top && right > left);
    const style = { top, left, width: right - left, height: bottom - top };
    for (const [side, share] of Object.entries(style)) element.style[side] = `${100 * share}%`;
    return { left, top, right, bottom };
  };

  b.mark = (ys, xs, best) => {
    b.marked.forEach((found) => found.classList.remove("tap", "best"));
    b.marked = [];
    const within = (found, first, count) => (real ? found.filter((p) => p >= first && p < first + count) : []);
    for (const r of within(ys, b.r0, rows))
      for (const c of within(xs, b.c0, cols)) {
        const found = b.cellAt(r, c);
        found.classList.add("tap");
        if (best(r, c)) found.classList.add("best");
        b.marked.push(found);
      }
  };

  b.paint = () => (real ? paintCells() : el.clientWidth && paintCanvas(b, kindAt));

  b.look = () => (b.width = el.clientWidth); // before a paint; apart from it, so that many boards are laid out once
  const tiny = () => !real || (b.width / cols) * b.font < TINY;
  b.measure = () => el.classList.toggle("mute", tiny());

  function describe(target, r, c, value) {
    if (plain) return;
    target.setAttribute("aria-label", spec.describe(r, c, value));
    target.setAttribute("aria-rowindex", r - b.r0 + 1);
    target.setAttribute("aria-colindex", c - b.c0 + 1);
  }

  function paintCells() {
    const light = b.cells.length * (spec.cost ?? 1) < 4 * BUDGET;
    const place = (n) => [b.r0 + Math.floor(n / cols), b.c0 + (n % cols)];
    const values = b.cells.map((_, n) => (light ? spec.value(...place(n)) : null));
    const most = spec.scale ?? Math.max(1e-9, ...values.filter(Number.isFinite).map(Math.abs));
    const hidden = (n) => spec.hides?.includes(kindAt(...place(n)));
    let texts;
    for (const digits of [2, 1]) {
      texts = values.map((value, n) => (hidden(n) ? "" : spec.write(value, digits)));
      b.font = Math.min(0.55, 1.25 / Math.max(2, ...texts.map((text) => text.length)));
      if (!tiny()) break;
    }
    el.style.setProperty("--f", b.font);
    b.cells.forEach((target, n) => {
      if (target.firstElementChild) return; // being edited
      const kind = kindAt(...place(n));
      describe(target, ...place(n), values[n]);
      target.className = `cell ${kind} ${values[n] < 0 ? "less" : ""}`;
      target.style.setProperty("--v", `${kind ? 0 : Math.round(clamp(Math.abs(values[n] ?? 0) / most, 0, 1) * 52)}%`);
      target.textContent = texts[n];
      if (!plain) target.tabIndex = String(b.at) === String(place(n)) ? 0 : -1;
    });
    b.marked = [];
  }
  return b;
}

// A fixed number of samples at most, so that the work does not grow with the grid.
function paintCanvas(b, kindAt) {
  const [width, height, ratio] = [b.el.clientWidth, b.el.clientHeight, window.devicePixelRatio || 1];
  const most = Math.ceil(Math.min(SAMPLES, Math.sqrt(BUDGET / Math.min(b.cost ?? 1, BUDGET))));
  const [nx, ny] = [Math.min(b.cols, width, most), Math.min(b.rows, height, most)];
  const place = (n) => [
    b.r0 + Math.floor(((Math.floor(n / nx) + 0.5) * b.rows) / ny),
    b.c0 + Math.floor((((n % nx) + 0.5) * b.cols) / nx),
  ];
  const values = range(0, nx * ny).map((n) => b.value(...place(n)) ?? 0);
  const top = b.scale ?? values.reduce((found, value) => Math.max(found, Math.abs(value)), 1e-9);
  const [card, more, less, pad] = ["card", "accent", "warn", "pad"].map((name) => colour(b.el, name));
  const image = new ImageData(nx, ny);
  values.forEach((value, n) => {
    const kind = kindAt(...place(n));
    const share = kind ? 0 : 0.08 + 0.75 * clamp(Math.abs(value) / top, 0, 1);
    const [from, to] = [kind === "pad" ? pad : card, value < 0 ? less : more];
    for (let k = 0; k < 3; k++) image.data[4 * n + k] = from[k] + (to[k] - from[k]) * share;
    image.data[4 * n + 3] = 255;
  });
  const small = h("canvas", { width: nx, height: ny });
  small.getContext("2d").putImageData(image, 0, 0);
  Object.assign(b.canvas, { width: width * ratio, height: height * ratio });
  const pen = b.canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.imageSmoothingEnabled = nx < b.cols || ny < b.rows;
  pen.drawImage(small, 0, 0, width, height);
  if (b.hatched) [height, width].forEach((length, turn) => hatch(pen, b, turn, length, [width, height][turn]));
  pen.fillStyle = `rgb(${card})`;
  if (width / b.cols >= 4) range(1, b.cols - 1).forEach((c) => pen.fillRect((c * width) / b.cols - 0.5, 0, 1, height));
  if (height / b.rows >= 4) range(1, b.rows - 1).forEach((r) => pen.fillRect(0, (r * height) / b.rows - 0.5, width, 1));
}

// Amber stripes over the rows (turn 0) or columns (turn 1) that no window reaches; the end at least 3 px wide.
function hatch(pen, b, turn, length, across) {
  const [first, count, end] = turn ? [b.c0, b.cols, b.ends[1]] : [b.r0, b.rows, b.ends[0]];
  const fill = (from, size) => (turn ? pen.fillRect(from, 0, size, across) : pen.fillRect(0, from, across, size));
  const samples = Math.min(count, length);
  pen.fillStyle = stripes(pen, b.el);
  for (let n = 0; n < samples; n++)
    if (b.hatched(turn, first + Math.floor(((n + 0.5) * count) / samples))) fill((n * length) / samples, length / samples);
  if (b.hatched(turn, end - 1)) fill(length - Math.max(3, (length * (first + count - end + 1)) / count), length);
}

function stripes(pen, el) {
  const tile = h("canvas", { width: 6, height: 6 });
  const brush = tile.getContext("2d");
  brush.fillStyle = `rgb(${colour(el, "card")})`;
  brush.fillRect(0, 0, 6, 6);
  brush.strokeStyle = `rgb(${colour(el, "stripe")})`;
  brush.lineWidth = 1.6;
  for (const shift of [-6, 0, 6]) brush.stroke(new Path2D(`M${shift - 1} 7L${shift + 7} -1`));
  return pen.createPattern(tile, "repeat");
}

function colour(el, name) {
  el.style.color = `var(--${name})`;
  const found = getComputedStyle(el).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  el.style.color = "";
  return found;
}
