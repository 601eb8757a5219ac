// The source with a shape at the end of each line, and the table of steps: the same steps as in the drawing, as text.
function createCode(hands) {
  const list = h("ol", { className: "code", tabIndex: -1 });
  const below = h("p", { className: "line-words", hidden: true });
  const scroller = h("div", { className: "scroll" }, list);
  const pane = { el: h("div", { className: "stack" }, scroller, below), lines: new Map() };
  let [written, texts, asked] = ["", {}, 0];
  const STOP = ".chip, code[role=button]"; // what the arrow keys go through

  pane.load = (scene, sentences) => {
    texts = sentences || {};
    const now = JSON.stringify([scene.lines, texts]);
    if (now === written) return;
    written = now;
    pane.lines = new Map(scene.lines.map((line) => [line.n, row(line)]));
    list.replaceChildren(...pane.lines.values());
  };

  function row(line) {
    const live = hands.stepsOf(line.n).length > 0 || Boolean(texts[line.n]);
    const alone = live && !line.shape ? { tabIndex: -1, role: "button" } : {}; // a line without a shape is its own button
    const code = h("code", alone, ...line.code.flatMap(([text, colour]) => (colour ? h("span", { className: colour }, ...(colour === "comment" ? whole(text) : [text])) : broken(text))));
    const chip = line.shape ? h("button", { type: "button", className: "chip", tabIndex: -1 }, line.shape) : null;
    const first = line.code[0]?.[0] || "";
    code.style.setProperty("--in", first.length - first.trimStart().length);
    const kind = line.failed ? "failed" : line.gate ? "gate" : "";
    const item = h("li", { className: kind, dataset: { n: line.n } }, h("i", {}, String(line.n)), h("div", {}, code, chip));
    item.classList.toggle("live", live);
    return item;
  }

  // A line may break behind an opening bracket, and not inside an arrow.
  const behind = (text) => text.split(/(?<=\()/).flatMap((part, n) => (n ? [h("wbr"), part] : [part]));
  const broken = (text) => text.split(/(->)/).flatMap((part) => (part === "->" ? [h("span", { className: "whole" }, part)] : behind(part)));

  pane.mark = (chosen, hovered) => {
    let first = null;
    pane.lines.forEach((item, n) => {
      const is = chosen.has(n);
      first ||= is ? item : null;
      item.classList.toggle("chosen", is);
      item.classList.toggle("hovered", hovered.has(n));
      if (is) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    const stops = [...list.querySelectorAll(STOP)];
    const held = stops.find((stop) => stop === list.getRootNode().activeElement);
    rove(stops, held || first?.querySelector(STOP) || stops[0]);
    const said = [asked, ...chosen].find((n) => texts[n]);
    below.hidden = said === undefined;
    below.replaceChildren(...(said === undefined ? [] : [h("b", {}, fill(hands.words().at_line, { line: said })), apart(hands.words().at_line) + unbroken(texts[said])]));
    return first;
  };
  pane.reveal = (item) => intoView(item, scroller);

  const at = (event) => Number(event.target.closest("li")?.dataset.n || 0);
  // A line that was clicked is explained even where it runs nothing itself, as in a constructor.
  list.onclick = (event) => {
    if (getSelection()?.isCollapsed === false) return;
    asked = at(event);
    hands.chooseLine(asked);
  };
  pane.forget = () => (asked = 0);
  list.onpointerover = (event) => hands.hover(hands.stepsOf(at(event)));
  list.onpointerleave = () => hands.hover([]);
  list.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!event.target.matches(STOP)) return;
    if (event.key === " " || event.key === "Enter") return event.target.matches("code") && (event.preventDefault(), event.target.click());
    if (!step) return;
    const stops = [...list.querySelectorAll(STOP)];
    const next = stops[stops.indexOf(event.target) + step];
    next?.focus();
    if (next) hands.hover(hands.stepsOf(Number(next.closest("li").dataset.n)));
    event.preventDefault();
  };
  return pane;
}

function createTable(hands) {
  const body = h("tbody");
  const head = h("tr");
  const table = h("table", { className: "steps" }, h("thead", {}, head), body);
  const pane = { el: h("div", { className: "scroll" }, table), rows: new Map() };
  const MANY = 300;
  let [marks, waiting] = [["", new Set()], null];

  pane.load = ({ steps, words }) => {
    const column = (name, className = "") => h("th", { scope: "col", className }, words[name]);
    head.replaceChildren(h("th", { scope: "col" }, "#"), column("step"), column("shape"), column("params", "num"), column("macs", "num"));
    const build = () => {
      pane.rows = new Map(steps.map((step, index) => [step.id, row(step, index)]));
      body.replaceChildren(...pane.rows.values());
      waiting = null;
      pane.mark(...marks);
    };
    pane.rows = new Map();
    body.replaceChildren();
    waiting = build;
    if (steps.length <= MANY || pane.el.offsetParent) build(); // a long table nobody looks at costs more than the drawing
  };
  new IntersectionObserver(([sight]) => {
    if (!sight.isIntersecting || !waiting) return;
    waiting();
    pane.reveal(marks[0]);
  }).observe(pane.el);

  function row(step, index) {
    const many = step.repeat > 1 ? ` × ${step.repeat}` : "";
    const name = h("button", { type: "button", className: "name", tabIndex: -1 }, step.name + many);
    const cells = [
      h("td", { className: "n" }, step.kind === "unused" ? "–" : String(index + 1)),
      h("td", {}, name, h("small", {}, step.what)),
      h("td", { className: "made" }, step.makes.map((shape) => shape.replaceAll(" ", "")).join(", ")),
      h("td", { className: "num" }, counted(step.params)),
      h("td", { className: "num" }, counted(step.macs)),
    ];
    return h("tr", { className: step.kind, dataset: { id: step.id } }, ...cells);
  }

  pane.mark = (chosen, hovered) => {
    marks = [chosen, hovered];
    pane.rows.forEach((row, id) => {
      row.classList.toggle("chosen", id === chosen);
      row.classList.toggle("hovered", hovered.has(id));
      row.querySelector(".name").tabIndex = id === chosen ? 0 : -1;
      if (id === chosen) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
  };
  pane.reveal = (id) => intoView(pane.rows.get(id), pane.el);

  const at = (event) => event.target.closest("tr")?.dataset.id;
  body.onclick = (event) => at(event) && hands.choose(at(event));
  body.onpointerover = (event) => hands.hover(at(event) ? [at(event)] : []);
  body.onpointerleave = () => hands.hover([]);
  body.onkeydown = (event) => {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const next = step && event.target.closest("tr")[step];
    if (!next) return;
    next.querySelector(".name").focus();
    hands.hover([next.dataset.id]);
    event.preventDefault();
  };
  return pane;
}
