// What is written beside the grids: the sum of an output, or where an input goes.
const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const grouped = (count) => count.toLocaleString("en");
const paren = (text) => (text[0] === "−" ? `(${text})` : text);
const p = (className, ...children) => h("p", { className }, ...children);
const term = (text, className = "") => h("span", { className: `term ${className}` }, text);
const power = (norm) => ({ 2: "²", 3: "³" })[norm] ?? `^${norm}`;
const brief = (all) => (all.length > 9 ? [...all.slice(0, 3), null, all.at(-1)] : all);

function span(positions) {
  const last = positions.at(-1);
  if (positions.length < 2) return minus(last ?? "–");
  if (last - positions[0] === positions.length - 1) return `${minus(positions[0])}–${minus(last)}`;
  return (positions.length > 5 ? [...positions.slice(0, 2), "…", last] : positions).map(minus).join(", ");
}

// A weight as people write it: 1/9 rather than 0.11.
function writeWeight(m, value) {
  const cells = m.axes[0].kernel * m.axes[1].kernel;
  const share = Math.round(value * cells);
  const isShare = value * 100 !== Math.round(value * 100) && Math.abs(share - value * cells) < 1e-9;
  return isShare ? `${minus(share)}/${cells}` : num(value);
}

// The lines for a cell of the field or of the index grid, and the cells on the other side that belong to it.
function linesFor(m, { side, at: [r, c] }, field, index) {
  const words = m.scene.words;
  const forward = side === "index";
  const isOutput = forward !== m.turned;
  const name = say(isOutput ? words.out : words.in, { row: minus(r), column: minus(c) });
  const count = index[0].length * index[1].length;
  const lines = [p("name", isOutput ? name : `${name} = ${num(m.turned ? m.inputAt(r, c) : m.readAt(r, c))}`)];
  if (!forward) lines.push(p("reach", reachText(m, r, c, count)));
  if (forward && m.turned) lines.push(p("stamp", words.stamp));
  const [rows, columns] = forward ? field : index;
  if (forward || count) lines.push(p("span", say(words.span, { rows: span(rows), columns: span(columns) })));
  if (isOutput) lines.push(...sumLines(m, r, c));
  else if (m.turned) lines.push(...productLines(m, r, c));
  return lines;
}

function reachText(m, r, c, count) {
  const { one, some, none, copied } = m.scene.words;
  if (count) return count === 1 ? one : say(some, { count: grouped(count) });
  return m.fieldKind(r, c) === "dead" ? none : copied;
}

function sumLines(m, r, c) {
  const { kind, norm, words } = m.scene;
  const [rows, cols] = m.axes;
  const [ys, xs] = [m.taps(rows, r), m.taps(cols, c)];
  const found = m.outcome(r, c);
  if (found.total === null && kind !== "copy") return [p("", say(words.many, { count: grouped(ys.length * xs.length) }))];
  let glue = "";
  const one = ([i, y], [j, x]) => {
    const value = m.turned ? m.inputAt(y, x) : m.readAt(y, x);
    const read = m.scene.absolute ? `|${num(value)}|` : paren(num(value));
    const text = read + (m.weighted ? `·${paren(writeWeight(m, m.weightAt(i, j)))}` : kind === "lp" ? power(norm) : "");
    const padded = !m.turned && (outside(rows, y) || outside(cols, x));
    const made = term(glue + text, `${padded ? "outer" : ""} ${kind === "max" && m.compared(value) === found.total ? "top" : ""}`);
    glue = kind === "max" || kind === "copy" ? "" : "+ ";
    return made;
  };
  const lines = table(brief(ys).map((y) => brief(xs).map((x) => (x && y ? one(y, x) : term("…")))), !m.weighted);
  if (kind === "max") lines.unshift(p("stamp", words.maximum));
  return kind === "copy" ? lines : [...lines, resultLine(m, found, ys.length * xs.length)];
}

function resultLine(m, { total, value, divisor }, cells) {
  const { kind, bias, norm, counted, words } = m.scene;
  const last = h("b", {}, `= ${num(value)}`);
  const between = {
    conv: bias && `= ${num(total)} + ${paren(num(m.bias))} (${words.bias}) `,
    transposed: bias && `= ${num(total)} + ${paren(num(m.bias))} (${words.bias}) `,
    avg: `= ${num(total)} / ${divisor} `,
    lp: `= ${num(total)}^(1/${norm}) `,
  }[kind];
  const line = p("result", between || "", last);
  if (!counted && divisor < cells) line.append(h("small", {}, ` (${words.uncounted})`));
  return line;
}

// A transposed convolution: what one input adds to each cell of its window.
function productLines(m, r, c) {
  const [ys, xs] = m.axes.map((axis) => brief(range(0, axis.kernel)));
  const text = (i, j) => (i === null || j === null ? "…" : `${paren(num(m.inputAt(r, c)))}·${paren(writeWeight(m, m.weightAt(i, j)))}`);
  return table(ys.map((i) => xs.map((j) => term(text(i, j)))), true);
}

// Up to five columns stand below each other as in the kernel, more of them flow.
function table(rows, loose) {
  const columns = rows[0]?.length ?? 0;
  if (columns > 5) return rows.map((row) => p("terms", ...row));
  const aligned = h("div", { className: `terms aligned ${loose ? "loose" : ""}` }, ...rows.flat());
  aligned.style.setProperty("--n", columns);
  return [aligned];
}
