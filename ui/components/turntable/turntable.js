// Four knobs and a sliding window. Every number on it came with the scene; here it is only drawn.
const tables = new WeakMap();
const [INPUT, OUTPUT, GAP, TOP] = [340, 200, 64, 24]; // sizes in the drawing
const BELOW = 150; // of the output where it stands below
const STEP_MS = 520;

export default function ({ data: [data], parentElement, setStateValue, setTriggerValue }) {
  let table = tables.get(parentElement);
  if (!table) tables.set(parentElement, (table = createTable(parentElement.querySelector(".tt"), setStateValue, setTriggerValue)));
  table.update(data);
  return () => {
    table.stop();
    tables.delete(parentElement);
  };
}

function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function square(x, y, pitch, kind, extra = "") {
  const side = pitch - 2;
  return `<rect class="${kind}" x="${x + 1}" y="${y + 1}" width="${side}" height="${side}" rx="${Math.min(4, side / 5)}" ${extra}/>`;
}

function hatch(x, y, pitch) {
  const at = (share) => pitch * share;
  const stroke = (fromX, fromY, length) => `M${x + at(fromX)} ${y + at(fromY)}l${at(length)} ${-at(length)}`;
  return `<path class="hatch" d="${stroke(0.15, 0.5, 0.35)}${stroke(0.18, 0.84, 0.66)}${stroke(0.5, 0.85, 0.35)}"/>`;
}

function createTable(root, setState, setTrigger) {
  let [scene, knobs, start, shown, at, places, timer, resting, turns] = [null, {}, {}, "", [0, 0], null, 0, 0, 0];
  const code = el("code");
  const sliders = el("div", { className: "knobs" });
  const drawing = el("div", { className: "drawing" });
  const facts = el("dl", { className: "facts" });
  const said = el("p", { role: "status" });
  const open = el("button", { type: "button", className: "open" });
  const again = el("button", { type: "button", className: "again", onclick: () => turn({ ...start }) });
  root.replaceChildren(el("header", {}, code), sliders, drawing, said, facts, el("footer", {}, open, again));

  function now() {
    return scene.turns[scene.knobs.map(({ key }) => knobs[key]).join("")];
  }

  function turn(next) {
    stop();
    knobs = next;
    show();
    clearTimeout(resting);
    resting = setTimeout(report, 350);
  }

  function report() {
    clearTimeout(resting);
    const now = JSON.stringify(knobs);
    if (now === shown) return;
    shown = now;
    setState("knobs", { ...knobs, turn: ++turns });
  }
  open.onclick = () => {
    report();
    setTrigger("open", true);
  };

  function buildKnobs() {
    sliders.replaceChildren(
      ...scene.knobs.map(({ key, name, least, most }) => {
        const range = el("input", { type: "range", min: least, max: most, step: 1, id: `knob-${key}` });
        range.oninput = () => turn({ ...knobs, [key]: Number(range.value) });
        return el("label", { className: `knob ${key}` }, el("span", {}, name), el("b", { id: `value-${key}`, "aria-hidden": "true" }), range);
      }),
    );
  }

  function show() {
    const found = now();
    for (const { key } of scene.knobs) {
      sliders.querySelector(`#knob-${key}`).value = knobs[key];
      sliders.querySelector(`#value-${key}`).textContent = knobs[key];
    }
    const refused = found.output === undefined;
    root.classList.toggle("refused", refused);
    said.textContent = scene.told[found.told];
    said.className = refused || found.dead ? "warn" : "good";
    again.hidden = JSON.stringify(knobs) === JSON.stringify(start);
    if (refused) return; // the last drawing stays, pale
    code.textContent = found.code;
    at = [Math.floor((found.output - 1) / 2), Math.floor((found.output - 1) / 2)];
    facts.replaceChildren(
      ...scene.heads.map((head, index) => el("div", { className: index === 3 && found.dead ? "lost" : "" }, el("dt", {}, head), el("dd", {}, found.facts[index]))),
    );
    draw();
  }

  // The padded input, each position as often read as `reads` says, and beside or below it the output.
  function draw() {
    const found = now();
    const [size, pad, output] = [scene.size, knobs.p, found.output];
    const stacked = root.clientWidth < 440;
    const pitch = INPUT / (size + 2 * pad);
    const room = stacked ? BELOW : OUTPUT;
    const step = Math.min(pitch, room / output);
    const out = stacked
      ? { x: (INPUT - output * step) / 2, y: TOP + INPUT + 40 }
      : { x: INPUT + GAP + (OUTPUT - output * step) / 2, y: TOP + (INPUT - output * step) / 2 };
    const most = Math.max(3, Math.max(...found.reads) ** 2);
    const parts = [];
    for (let row = -pad; row < size + pad; row++)
      for (let column = -pad; column < size + pad; column++) {
        const [x, y] = [(column + pad) * pitch, (row + pad) * pitch + TOP];
        const inside = row >= 0 && row < size && column >= 0 && column < size;
        const count = found.reads[row + pad] * found.reads[column + pad];
        if (!inside) parts.push(square(x, y, pitch, "pad"));
        else if (!count) parts.push(square(x, y, pitch, "dead"), hatch(x, y, pitch));
        else parts.push(square(x, y, pitch, "read", `style="--share:${Math.round((100 * count) / most)}%"`));
      }
    for (let row = 0; row < output; row++)
      for (let column = 0; column < output; column++)
        parts.push(square(out.x + column * step, out.y + row * step, step, "out", `data-row="${row}" data-column="${column}"`));
    const [width, height] = stacked ? [INPUT, TOP + INPUT + 44 + room] : [INPUT + GAP + OUTPUT, TOP + INPUT + 4];
    const makes = fill(scene.words.output, { size: `${output} × ${output}` });
    const title = (x, y, text) => `<text x="${x}" y="${y}" text-anchor="middle">${text}</text>`;
    const texts = title(INPUT / 2, TOP - 8, scene.words.input) + title(out.x + (output * step) / 2, out.y - 8, makes);
    drawing.innerHTML = `<svg viewBox="-2 0 ${width + 4} ${height}" role="img">${parts.join("")}${texts}<g class="window"></g></svg>`;
    drawing.firstChild.setAttribute("aria-label", `${scene.words.drawing} ${makes}.`);
    places = { pitch, step, out, stacked };
    frame();
  }

  // The window of the chosen output, the cells it multiplies and the way from one to the other.
  function frame() {
    const { pitch, step, out, stacked } = places;
    const [top, left] = at.map((index) => index * knobs.s * pitch);
    const reach = (knobs.d * (knobs.k - 1) + 1) * pitch;
    const taps = [];
    for (let row = 0; row < knobs.k; row++)
      for (let column = 0; column < knobs.k; column++)
        taps.push(square(left + column * knobs.d * pitch, top + row * knobs.d * pitch + TOP, pitch, "tap"));
    const edge = (x, y, side) => `<rect class="edge" x="${x}" y="${y}" width="${side}" height="${side}" rx="5"/>`;
    const [x, y] = [out.x + at[1] * step, out.y + at[0] * step];
    const [fromX, fromY] = [left + reach, top + reach / 2 + TOP];
    const bend = (fromX + x) / 2;
    const beam = stacked ? "" : `<path class="beam" d="M${fromX} ${fromY}C${bend} ${fromY} ${bend} ${y + step / 2} ${x} ${y + step / 2}"/>`;
    drawing.querySelector(".window").innerHTML = taps.join("") + edge(left, top + TOP, reach) + beam + edge(x, y, step);
  }

  function point(event) {
    const { row, column } = event.target.dataset ?? {};
    if (row === undefined) return;
    stop();
    at = [Number(row), Number(column)];
    frame();
  }
  drawing.onpointerover = point;
  drawing.onpointerdown = point;

  // Once, when the page opens, the window walks over one row: what this is shows by itself. Whoever wants it still has it still.
  function walk() {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let left = Math.min(8, now().output ?? 0);
    timer = setInterval(() => {
      if (left-- <= 0 || !drawing.isConnected) return stop();
      at = [at[0], (at[1] + 1) % now().output];
      frame();
    }, STEP_MS);
  }

  function stop() {
    clearInterval(timer);
  }

  const sizes = new ResizeObserver(() => scene && now().output !== undefined && draw());
  sizes.observe(root);

  return {
    update(data) {
      const first = !scene;
      const fresh = JSON.stringify(data.scene) !== JSON.stringify(scene);
      scene = data.scene;
      if (fresh) buildKnobs();
      start = data.start;
      open.textContent = `${scene.words.open} →`;
      again.textContent = scene.words.again;
      // The server repeats what it was told last; only what it says by itself, as after Back, moves the knobs.
      const asked = JSON.stringify(data.knobs);
      const moved = asked !== shown;
      if (moved) [knobs, shown] = [{ ...data.knobs }, asked];
      if (fresh || moved) show();
      if (first) walk();
    },
    stop() {
      stop();
      clearTimeout(resting);
      sizes.disconnect();
    },
  };
}
