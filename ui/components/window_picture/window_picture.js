// The picture under the hand. One view per mounted component; the function runs again when the data or the theme change.
const views = new WeakMap();
const still = matchMedia("(prefers-reduced-motion: reduce)");
const KERNEL_SHOWN = 11;

export default function ({ data: [data], parentElement, setStateValue }) {
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = createView(parentElement.querySelector(".wp"))));
  view.report = (at) => setStateValue("chosen", at);
  view.tell = (drawn) => setStateValue("drawn", drawn);
  view.update(data);
  return view.stop;
}

function createView(root) {
  const m = createModel();
  const view = { report: () => {}, tell: () => {} };
  let [hover, focus, playing, source, asked, wanted] = [null, null, false, "", "null", ""]; // asked, wanted: by the server
  let [words, boards, parts, frame, timer, speech, fresh] = [{}, {}, {}, 0, 0, 0, false];

  view.stop = () => {
    run(false);
    watcher.disconnect();
  };

  view.update = ({ scene, chosen, drawn = {} }) => {
    const written = JSON.stringify(scene);
    if (written !== source) {
      source = written;
      const edited = m.edits.size + m.changed.size;
      m.load(scene);
      build();
      if (edited > m.edits.size + m.changed.size) view.tell(m.drawn()); // other sizes: what was drawn has no place there
    }
    const picture = JSON.stringify(drawn);
    if (picture !== wanted) {
      wanted = picture;
      m.draw(drawn);
    }
    if (String(chosen) !== asked) {
      asked = String(chosen);
      if (chosen) m.chosen = chosen.map((at, turn) => clamp(at, 0, m.axes[turn].output - 1));
      run(false);
    }
    for (const b of [boards.field, boards.index]) watcher.observe(b.el);
    fresh = false; // painted with the next frame, when the rest of the page has got its new numbers too
    later();
  };

  // ---- the page
  function build() {
    const { titles, legend, notes, flat, wiring } = m.scene;
    words = m.scene.words;
    [hover, focus] = [null, null];
    makeBoards(titles);
    const input = h("div", { className: "side in" }, p("title", titles.input), boards.input.el);
    const output = h("div", { className: "side out" }, p("title", titles.output), boards.output.el);
    parts = { ...controls(), sum: h("div", { className: "sum" }), where: p("where"), path: svg("path") };
    parts.live = h("div", { className: "live", "aria-live": "polite" });
    parts.inset = h("div", { className: "around", "aria-hidden": "true" }, parts.where, boards.inset.el);
    (m.turned ? output : input).append(parts.inset);
    const beam = svg("svg", parts.path);
    beam.setAttribute("class", "beam");
    const broad = m.weighted && m.axes[1].kernel > 4;
    parts.stage = h("div", { className: `stage ${flat ? "flat" : broad ? "broad" : ""} ${m.turned ? "turned" : ""}` });
    parts.stage.append(input, output, parts.sum, weights(titles.kernel), beam);
    const [left, right] = [boards.input, boards.output].map((b) => Math.max(260, parseFloat(b.el.style.width)));
    parts.stage.style.setProperty("--left", `${clamp(left / right, 0.7, 1.5)}fr`);
    const marks = legend.map(([name, text]) => h("li", {}, h("i", { className: name }), text));
    const facts = wiring.lines.map((text, n) => p(n ? "" : "title", text));
    const channels = h("div", { className: "wiring" }, drawing(wiring.svg), h("div", {}, ...facts));
    const said = notes.map((text) => p("note", text));
    root.replaceChildren(parts.bar, parts.stage, h("ul", { className: "legend" }, ...marks), ...said, channels, parts.live);
    watcher.disconnect();
    label();
  }

  const svg = (tag, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    element.append(...children);
    return element;
  };
  const drawing = (text) => document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);

  function makeBoards(titles) {
    const [rows, cols] = m.axes;
    const reading = { label: titles.input, value: m.turned ? m.inputAt : m.readAt, scale: 9, set: m.editInput };
    const making = { label: titles.output, value: m.outputAt, cost: m.products };
    const size = { r0: rows.low, c0: cols.low, rows: rows.high - rows.low, cols: cols.high - cols.low };
    const field = { ...size, ...(m.turned ? making : reading), write: num, kind: m.fieldKind, hatched: m.isDead, describe: describeField };
    Object.assign(field, { ends: [rows.size, cols.size], hides: ["dead", "over", m.turned ? "pad" : ""].filter(Boolean) });
    if (!m.turned) field.editable = (r, c) => !outside(rows, r) && !outside(cols, c);
    const index = { r0: 0, c0: 0, rows: rows.output, cols: cols.output, write: num, describe: describe(words.cell) };
    const around = { ...field, rows: Math.min(11, size.rows), cols: Math.min(11, size.cols), plain: true };
    boards = {
      field: active({ ...field, name: "field", cell: 34, tall: 440 }),
      index: active({ ...index, ...(m.turned ? reading : making), name: "index", cell: 44, tall: 340 }),
      inset: createBoard({ ...around, name: "inset", cell: 30, tall: 330 }),
    };
    boards.index.at = m.chosen;
    [boards.input, boards.output] = m.turned ? [boards.index, boards.field] : [boards.field, boards.index];
  }

  const describe = (template) => (r, c, value) => say(template, { row: minus(r), column: minus(c), value: num(value) });
  function describeField(r, c, value) {
    const [kind, padded] = [m.fieldKind(r, c), outside(m.axes[0], r) || outside(m.axes[1], c)];
    const text = describe(padded ? words.padcell : words.cell)(r, c, value);
    return kind === "dead" ? `${text}, ${words.none}` : text;
  }

  // The kernel and the bias, to be edited.
  function weights(title) {
    const [high, wide] = m.axes.map((axis) => axis.kernel);
    const place = h("div", { className: "weights" });
    const add = (spec) => {
      const b = (boards[spec.name] = active({ r0: 0, c0: 0, cell: 38, tall: 260, scale: 4, write: (value) => writeWeight(m, value), ...spec }));
      place.append(h("div", {}, p("title", spec.label), b.el));
    };
    const kernel = { name: "kernel", label: title, rows: high, cols: wide, value: m.weightAt, set: m.editWeight };
    if (m.weighted && Math.max(high, wide) <= KERNEL_SHOWN) add({ ...kernel, describe: describe(words.weight) });
    const bias = { name: "bias", label: words.bias, rows: 1, cols: 1, value: () => m.bias, set: (r, c, value) => (m.bias = value) };
    if (m.scene.bias) add({ ...bias, write: num, describe: (r, c, value) => `${words.bias}: ${num(value)}` });
    return place;
  }

  function controls() {
    const button = (text, label, onclick) => h("button", { type: "button", textContent: text, title: label, "aria-label": label, onclick });
    const select = (label, names, choose) => {
      const options = [...names, "custom"].map((name) => h("option", { value: name, textContent: words[name] }));
      const made = h("select", { "aria-label": label, onchange: () => (choose(made.value), view.tell(m.drawn()), paint()) }, ...options);
      return h("label", {}, label, made);
    };
    const move = (by) => () => (run(false), go(m.step() + by));
    const play = button("▶\uFE0E", words.play, () => run(!playing));
    play.hidden = still.matches;
    const slider = h("input", { type: "range", min: 0, max: m.steps - 1, "aria-label": words.position });
    slider.oninput = () => (run(false), go(slider.valueAsNumber));
    const steps = h("span", { className: "steps" });
    const inputs = select(words.input, Object.keys(INPUTS), (name) => (m.edits.clear(), (m.input = name)));
    const kernels = select(words.kernel, m.choices(), m.choose);
    const moves = [play, button("‹", words.back, move(-1)), button("›", words.next, move(1)), slider, steps];
    const choices = h("div", { className: "choices" }, inputs, ...(m.weighted ? [kernels] : []));
    const bar = h("div", { className: "bar", role: "group", "aria-label": words.controls }, ...moves, choices);
    return { bar, play, slider, steps, inputs: inputs.lastChild, kernels: kernels.lastChild };
  }

  // ---- hands
  function active(spec) {
    const b = createBoard(spec);
    const looks = spec.name === "field" || spec.name === "index";
    const seen = (at) => looks && { side: spec.name, at };
    let again = false; // whether the cell had the focus before it was pressed
    const turn = (at) => {
      hover = null; // a pointer that rests on a grid must not hide what the keys do
      focus = seen(at) || null;
      clearTimeout(speech);
      if (focus && !playing) speech = setTimeout(speak, 250);
      later();
    };
    const press = (at) => {
      b.rove(...at, true);
      turn(at);
      if (spec.name === "index") choose(at);
    };
    b.el.onpointermove = (event) => look(seen(b.pick(event)) || null);
    b.el.onpointerleave = b.el.onpointercancel = () => look(null);
    b.el.onpointerdown = (event) => {
      again = b.focused() && String(b.at) === String(b.pick(event)); // not given back: false would keep the press from focusing
    };
    b.el.onclick = (event) => {
      if (event.target.tagName === "INPUT") return;
      press(b.pick(event));
      if (again) edit(b);
    };
    b.grid.onkeydown = (event) => {
      const to = target(b, event);
      if (event.target.tagName === "INPUT" || event.altKey || (!to && (event.ctrlKey || event.metaKey))) return;
      if (to) b.rove(...to, true), turn(to);
      else if (event.key === " ") still.matches ? go(m.step() + 1) : run(!playing);
      else if (event.key === "Enter") press(b.at), edit(b);
      else if (!/^[-\d.]$/.test(event.key) || !edit(b, event.key)) return;
      event.preventDefault();
    };
    b.grid.addEventListener("focusin", () => turn(b.at));
    b.grid.addEventListener("focusout", () => ((focus = null), later()));
    return b;
  }

  function target(b, event) {
    const [r, c] = b.at;
    const [bottom, right] = [b.r0 + b.rows - 1, b.c0 + b.cols - 1];
    const far = event.ctrlKey || event.metaKey;
    const moves = { ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1], ArrowUp: [r - 1, c], ArrowDown: [r + 1, c] };
    const jumps = { PageUp: [r - 10, c], PageDown: [r + 10, c], Home: [far ? b.r0 : r, b.c0], End: [far ? bottom : r, right] };
    const to = { ...moves, ...jumps }[event.key];
    return to && [clamp(to[0], b.r0, bottom), clamp(to[1], b.c0, right)];
  }

  function look(found) {
    if (found?.side === hover?.side && String(found?.at) === String(hover?.at)) return;
    hover = found;
    later();
  }

  function choose(at) {
    run(false);
    m.chosen = at;
    asked = String(at);
    view.report(at);
    show();
  }

  // An input over the cell; false if its number is not one to edit.
  function edit(b, first) {
    const [r, c] = b.at;
    if (!b.set || (b.editable && !b.editable(r, c))) return false;
    const cell = b.cellAt(r, c);
    const value = first ?? b.write(b.value(r, c));
    const field = h("input", { value, "aria-label": words.edit, autocomplete: "off", maxLength: 7 });
    let open = true;
    const close = (keep, grab) => {
      if (!open) return;
      open = false;
      const number = keep ? parse(field.value) : null;
      cell.replaceChildren();
      if (number !== null) {
        b.set(r, c, number);
        view.tell(m.drawn());
      }
      paint();
      if (grab) b.rove(r, c, true);
    };
    field.onblur = () => close(true, false);
    field.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key === "Enter" || event.key === "Escape") close(event.key === "Enter", true);
    };
    run(false);
    cell.replaceChildren(field);
    field.focus();
    if (!first) field.select();
    return true;
  }

  function parse(text) {
    const found = /^(-?\d*\.?\d+)(?:\/(\d+))?$/.exec(text.trim().replace("−", "-"));
    const value = found ? found[1] / (found[2] ?? 1) : NaN;
    return Math.abs(value) < 1e4 ? value : null;
  }

  // ---- time
  function go(step) {
    m.go(step);
    if (playing) m.upTo = m.step();
    if (playing && boards.output.real) boards.output.paint();
    show();
    if (!playing) speak();
  }

  function run(on) {
    if (on === playing) return;
    playing = on;
    clearTimeout(timer);
    label();
    if (playing && m.step() === m.steps - 1) m.go(0);
    if (playing) timer = setTimeout(tick, pace());
    m.upTo = playing ? m.step() : Infinity;
    if (boards.output.real) boards.output.paint();
    show();
  }

  function label() {
    const title = playing ? words.pause : words.play;
    Object.assign(parts.play, { textContent: playing ? "❚❚" : "▶\uFE0E", title, ariaLabel: title });
  }

  const pace = () => clamp(9000 / m.steps, 60, 600);

  // A long grid is crossed in at most 48 by 24 steps.
  function tick() {
    timer = setTimeout(tick, pace());
    if (hover) return;
    const [rows, cols] = m.axes;
    let [r, c] = m.chosen;
    c += Math.ceil(cols.output / 48);
    if (c >= cols.output) [r, c] = [r + Math.ceil(rows.output / 24), 0];
    if (r < rows.output) go(r * cols.output + c);
    else run(false);
  }

  // ---- drawing
  const watcher = new ResizeObserver(() => {
    if ([boards.field, boards.index].some((b) => b.width !== b.el.clientWidth)) paint();
  });

  function later() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (fresh) show();
      else paint();
    });
  }

  // Everything: after other numbers, another theme, another width.
  function paint() {
    fresh = true;
    const shown = Object.values(boards).filter((b) => b !== boards.inset);
    for (const b of shown) b.look();
    for (const b of shown) b.paint();
    for (const b of [boards.field, boards.index]) b.measure();
    parts.inset.hidden = !boards.field.el.classList.contains("mute");
    parts.inputs.value = m.edits.size ? "custom" : m.input;
    parts.kernels.value = m.changed.size ? "custom" : m.kernel();
    for (const select of [parts.inputs, parts.kernels]) select.lastChild.hidden = select.value !== "custom";
    show();
  }

  // What one hover or one step changes: two frames, the marked cells, the inset, the words.
  function show() {
    const shown = (playing ? hover : hover ?? focus) ?? { side: "index", at: m.chosen };
    const cells = m.axes.map((axis, turn) => {
      const at = shown.at[turn];
      return shown.side === "index" ? [windowOf(axis, at), [at]] : [[at], list(reach(axis, at))];
    });
    const [field, index] = [cells.map(([found]) => found), cells.map(([, found]) => found)];
    const most = shown.side === "index" && m.scene.kind === "max" ? m.outcome(...shown.at).value : NaN;
    const isBest = (r, c) => m.compared(m.readAt(r, c)) === most;
    const ends = [["field", field], ["index", index]].map(([name, found]) => {
      const b = boards[name];
      const reached = found.every((positions) => positions.length);
      b.mark(...found, name === "field" ? isBest : () => false);
      b.frame.hidden = !reached;
      return reached && b.place(b.frame, ...found);
    });
    if (!parts.inset.hidden) magnify(field, isBest);
    beam(...(m.turned ? ends.reverse() : ends));
    parts.sum.replaceChildren(...linesFor(m, shown, field, index));
    parts.sum.style.minHeight = `${parts.sum.offsetHeight}px`; // what stands below stays where it is
    parts.slider.value = m.step();
    parts.steps.textContent = say(words.step, { step: grouped(m.step() + 1), steps: grouped(m.steps) });
    parts.slider.setAttribute("aria-valuetext", parts.steps.textContent);
  }

  function magnify(field, isBest) {
    const b = boards.inset;
    const first = ([positions, whole, size]) =>
      clamp(Math.floor((positions[0] + positions.at(-1)) / 2) - (size >> 1), whole[0], whole[0] + whole[1] - size);
    const { r0, c0, rows, cols } = boards.field;
    b.look();
    b.r0 = first([field[0], [r0, rows], b.rows]);
    b.c0 = first([field[1], [c0, cols], b.cols]);
    b.paint();
    b.mark(...field, isBest);
    b.place(b.frame, ...field);
    parts.where.textContent = say(words.inset, { rows: span(range(b.r0, b.rows)), columns: span(range(b.c0, b.cols)) });
  }

  // The dashed line from the frame on the input to the frame on the output. Inside a grid it runs between the cells.
  function beam(from, to) {
    parts.path.setAttribute("d", "");
    if (!from || !to) return;
    const stage = parts.stage.getBoundingClientRect();
    const [one, two] = [[boards.input, from], [boards.output, to]].map(([b, box]) => {
      const own = b.el.getBoundingClientRect();
      const [x, y] = [own.left - stage.left, own.top - stage.top];
      const across = [x + box.left * own.width, x + box.right * own.width];
      const down = [y + box.top * own.height, y + box.bottom * own.height];
      return { across, down, left: x, right: x + own.width, top: y, bottom: y + own.height };
    });
    const centre = ([a, b]) => (a + b) / 2;
    const side = (own, other) => own[centre(other) > centre(own) ? 1 : 0];
    if (two.left > one.right) {
      const [y, v] = [side(one.down, two.down), side(two.down, one.down)];
      const bend = (one.right + two.left) / 2;
      parts.path.setAttribute("d", `M${one.across[1]} ${y}H${one.right}C${bend} ${y} ${bend} ${v} ${two.left} ${v}H${two.across[0]}`);
    } else if (m.scene.flat || parts.inset.hidden) {
      const [x, u] = [side(one.across, two.across), side(two.across, one.across)];
      const bend = (one.bottom + two.top) / 2;
      parts.path.setAttribute("d", `M${x} ${one.down[1]}V${one.bottom}C${x} ${bend} ${u} ${bend} ${u} ${two.top}V${two.down[0]}`);
    }
  }

  const speak = () => {
    const lines = [...parts.sum.children].filter((line) => !line.classList.contains("terms"));
    parts.live.textContent = lines.map((line) => line.textContent).join(", ");
  };
  return view;
}
