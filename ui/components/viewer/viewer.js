// The viewer: source, drawing, table, details and playback around one selection. Everything that needs a new drawing is asked of
// the server; all else happens here. One viewer per mounted component; the function runs again when the data or the theme change.
const viewers = new WeakMap();

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) {
    viewer = createViewer(parentElement.querySelector(".vw"), { state: setStateValue, trigger: setTriggerValue });
    viewers.set(parentElement, viewer);
  }
  viewer.update(data);
  return () => {
    viewer.stop();
    viewers.delete(parentElement);
  };
}

// Every function that a viewer is made of, for the report.
function viewerParts() {
  return [
    h, press, fill, grouped, counted, bytes, calm, rove, intoView, createGraph, createCode, createTable, createDetails, drawValues, histogram,
    pictures, paintTile, oneWay, bothWays, createPlayback, createExports, download, themeNames, standalone, toPng, reportOf, viewerParts,
    createViewer, createTools, createTabs,
  ];
}

function createViewer(root, server) {
  let [data, scene, byId, linesOf, stepsAt, anchor] = [null, null, new Map(), new Map(), new Map(), null];
  let [chosen, hovered, found, told, timer] = ["", new Set(), new Set(), null, 0];
  let lastFile = 0;

  const hands = {
    root,
    chosen: () => chosen,
    words: () => scene.words,
    name: () => scene.name || "block",
    lang: () => scene.lang,
    svg: () => graph.svg,
    data: () => data,
    css: () => root.parentNode.querySelector("style")?.textContent || "",
    choose,
    report,
    hover,
    stepsOf: (n) => stepsAt.get(n) || [],
    chooseLine(n) {
      const steps = stepsAt.get(n) || [];
      const at = steps.indexOf(chosen); // first the step that makes the shape at the line's end, then around
      if (!steps.length) paint();
      else choose(at < 0 ? steps[steps.length - 1] : steps[(at + 1) % steps.length], { from: "code" });
    },
    open(id) {
      const path = byId.get(id)?.path;
      if (path) ask({ opened: [...scene.view.opened, path], folded: scene.view.folded.filter((name) => name !== path) });
    },
    fold(group) {
      const path = scene.groups[group];
      if (path) ask({ folded: [...scene.view.folded, path], opened: scene.view.opened.filter((name) => name !== path) });
    },
    around: (id) => innermost(id),
    foldAround(id) {
      const path = innermost(id);
      if (path) ask({ folded: [...scene.view.folded, path], opened: scene.view.opened.filter((name) => name !== path) });
    },
    depth: (depth) => ask({ depth, opened: [], folded: [] }),
    turn: () => ask({ direction: scene.view.direction === "TB" ? "LR" : "TB" }),
    ask: (kind) => server.trigger("wanted", kind),
    find,
    heat: (name) => graph.heat(name),
    zoom: (factor) => graph.zoom(factor),
    fit: () => graph.fit(),
    playing: (on) => root.classList.toggle("playing", on && !calm()),
  };
  const graph = createGraph(hands);
  const code = createCode(hands);
  const table = createTable(hands);
  const details = createDetails(hands);
  const playback = createPlayback(hands);
  const exporting = createExports(hands);
  const tools = createTools(hands, exporting.el);
  const bodies = { code: code.el, graph: h("div", { className: "stack" }, tools.el, graph.el), steps: table.el, details: details.el };
  graph.el.append(tools.zooms);
  const tabs = createTabs(bodies, { graph: tools.finding });
  root.replaceChildren(tabs.el, playback.el);

  function innermost(id) {
    const scope = byId.get(id)?.scope || "";
    const paths = Object.values(scene.groups).filter((path) => scope === path || scope.startsWith(`${path}.`));
    return paths.sort((a, b) => b.length - a.length)[0] || "";
  }

  // A new drawing is asked for; the answer comes as new data.
  function ask(change) {
    const { depth, direction, opened, folded } = { ...scene.view, ...change };
    root.classList.add("waiting");
    server.state("view", { depth, direction, opened, folded });
  }

  function index() {
    byId = new Map(scene.steps.map((step) => [step.id, step]));
    const byOp = new Map();
    for (const step of scene.steps) for (const op of step.ops) byOp.set(op, step.id);
    [linesOf, stepsAt] = [new Map(), new Map()];
    const link = (id, n) => {
      if (!stepsAt.has(n)) stepsAt.set(n, []);
      if (!linesOf.has(id)) linesOf.set(id, new Set());
      if (!stepsAt.get(n).includes(id)) stepsAt.get(n).push(id);
      linesOf.get(id).add(n);
    };
    for (const line of scene.lines) for (const op of line.ops || []) if (byOp.has(op)) link(byOp.get(op), line.n);
    for (const step of scene.steps) if (step.kind === "failed" && step.line) link(step.id, step.line);
    for (const step of scene.steps) if (step.path && step.called) link(step.id, step.called[step.called.length - 1]);
    // The line that makes a layer, or calls the module around it, leads to where it runs, but is not where it runs.
    for (const step of scene.steps) {
      const owner = (step.kind === "unused" ? step.name : step.scope || "").split(".")[0];
      for (const n of [...(scene.made[owner] || []), ...(step.called || [])]) {
        if (!stepsAt.has(n)) stepsAt.set(n, []);
        if (!stepsAt.get(n).includes(step.id)) stepsAt.get(n).push(step.id);
      }
    }
  }

  function update(next) {
    const fresh = !scene || next.scene.svg !== scene.svg || next.scene.lang !== scene.lang || JSON.stringify(next.scene.steps) !== JSON.stringify(scene.steps);
    const turned = data && next.selected !== data.selected;
    data = next;
    if (fresh) scene = next.scene;
    root.classList.remove("waiting");
    root.style.setProperty("--height", next.height);
    root.classList.toggle("alone", Boolean(next.alone));
    if (fresh) {
      playback.pause();
      index();
      graph.load(scene);
      table.load(scene);
      playback.load(scene);
      tools.load(scene);
      tabs.load(scene);
      exporting.load(scene, next.exports);
      [hovered, found] = [new Set(), new Set()];
    }
    code.load(scene, next.texts); // also where the scene is as before: the sentences may be new
    const wanted = turned || !chosen ? next.selected : chosen;
    const before = chosen;
    select(byId.has(wanted) ? wanted : heir() || next.selected || scene.first, { reveal: fresh || turned });
    if (before && before !== chosen) report(chosen);
    if (fresh) graph.heat(tools.heat());
    takeFile(next.file);
  }

  // After folding or unfolding: the step that now holds what was selected.
  function heir() {
    return scene.steps.find((step) => anchor !== null && step.ops.includes(anchor))?.id;
  }

  function select(id, { reveal = true, from = "" } = {}) {
    if (!byId.has(id)) id = scene.first;
    chosen = id;
    if (from !== "code") code.forget();
    const step = byId.get(id);
    anchor = step?.ops.length ? step.ops[step.ops.length - 1] : null;
    paint();
    const lines = [...(linesOf.get(id) || [])];
    const text = scene.lines.find((line) => line.n === lines[lines.length - 1])?.code.map(([piece]) => piece).join("").trim();
    details.show(step, scene, text, data.values);
    const run = scene.steps.filter((other) => other.kind !== "unused");
    tabs.titled("details", run.includes(step) ? fill(scene.words.of, { at: run.indexOf(step) + 1, count: run.length }) : "");
    playback.mark(id);
    if (reveal) {
      graph.reveal(id);
      table.reveal(id);
      if (from !== "code") code.reveal(root.querySelector(".code li.chosen"));
    }
  }

  function choose(id, { reveal = true, report: telling = true, from = "" } = {}) {
    if (!byId.has(id)) return;
    if (telling) playback.pause();
    select(id, { reveal, from });
    if (telling) report(id);
  }

  // The page hears of a selection once it rests.
  function report(id) {
    clearTimeout(timer);
    if (!id || id === told) return;
    timer = setTimeout(() => {
      told = id;
      server.state("selected", id);
    }, 180);
  }

  function hover(ids) {
    if (ids.length === hovered.size && ids.every((id) => hovered.has(id))) return;
    hovered = new Set(ids);
    paint();
  }

  function paint() {
    const step = byId.get(chosen);
    const twins = new Set(step?.shared ? scene.steps.filter((other) => other.shared?.[2] === step.shared[2]).map((other) => other.id) : []);
    graph.mark({ chosen, hovered, found, twins });
    table.mark(chosen, hovered);
    const lines = (ids) => new Set([...ids].flatMap((id) => [...(linesOf.get(id) || [])]));
    code.mark(lines([chosen]), lines(hovered));
  }

  function find(text) {
    const wanted = text.trim().toLowerCase();
    const hits = wanted ? scene.steps.filter((step) => `${step.name} ${step.what} ${step.scope || ""} ${step.shape}`.toLowerCase().includes(wanted)) : [];
    found = new Set(hits.map((step) => step.id));
    paint();
    return hits.map((step) => step.id);
  }

  function takeFile(file) {
    if (!file || file.key === lastFile) return;
    lastFile = file.key;
    download(file.name, file.text, file.type);
  }

  return {
    update,
    stop() {
      clearTimeout(timer);
      graph.stop();
      playback.stop();
    },
  };
}

// The row above the drawing.
function createTools(hands, exportMenu) {
  const range = h("input", { type: "range", min: 1, step: 1, className: "depth" });
  const depth = h("div", { className: "depths" });
  const colour = h("select", { onchange: () => hands.heat(colour.value) });
  const search = h("input", { type: "search", className: "find", autocomplete: "off", spellcheck: false });
  const hits = h("output", { className: "hits" });
  const turn = press("", "", () => hands.turn(), "turn");
  const [smaller, larger, whole] = [press("−", "", () => hands.zoom(1 / 1.25)), press("+", "", () => hands.zoom(1.25)), press("⤢", "", () => hands.fit())];
  const [all, own] = [h("button", { type: "button", className: "extent" }), h("button", { type: "button", className: "extent" })];
  const note = h("p", { className: "note", hidden: true });
  const bar = h("div", { className: "tools", role: "toolbar" }, depth, own, all, turn, colour);
  const zooms = h("div", { className: "zooms", role: "group" }, smaller, larger, whole);
  const finding = h("div", { className: "tools" }, search, hits, exportMenu);
  const pane = { el: h("div", { className: "above" }, bar, note), finding, zooms, heat: () => colour.value };
  let [ids, at] = [[], -1];

  pane.load = ({ words, view, note: said }) => {
    [bar, zooms].forEach((element) => element.setAttribute("aria-label", words.tools));
    const many = view.limit > 1;
    [depth, all, own].forEach((element) => (element.hidden = !many));
    range.max = view.limit;
    range.value = view.depth;
    depth.title = range.ariaLabel = words.depth;
    depth.replaceChildren(h("span", { "aria-hidden": "true" }, `${view.depth}/${view.limit}`), range);
    const altered = view.opened.length || view.folded.length;
    Object.assign(all, { textContent: words.every, title: words.all, ariaLabel: words.all, disabled: view.depth === view.limit && !altered, onclick: () => hands.depth(view.limit) });
    Object.assign(own, { textContent: words.outer, title: words.own, ariaLabel: words.own, disabled: view.depth === 1 && !altered, onclick: () => hands.depth(1) });
    const downwards = view.direction === "TB";
    Object.assign(turn, { textContent: downwards ? "→" : "↓", title: downwards ? words.right : words.down });
    turn.setAttribute("aria-label", turn.title);
    for (const [button, label] of [[smaller, words.out], [larger, words.in], [whole, words.fit]]) Object.assign(button, { title: label, ariaLabel: label });
    const kept = colour.value;
    colour.replaceChildren(...[["", words.kind], ["params", words.params], ["macs", words.macs]].map(([value, text]) => h("option", { value }, text)));
    colour.value = kept;
    colour.title = colour.ariaLabel = words.heat;
    search.placeholder = search.ariaLabel = words.find;
    hits.textContent = "";
    note.hidden = !said;
    note.textContent = said;
    [ids, at] = [[], -1];
  };
  range.oninput = () => (depth.firstChild.textContent = depth.firstChild.textContent.replace(/\d+(?=\/)/, range.value));
  range.onchange = () => hands.depth(Number(range.value));
  search.oninput = () => {
    [ids, at] = [hands.find(search.value), -1];
    hits.textContent = search.value.trim() ? (ids.length ? String(ids.length) : hands.words().none) : "";
  };
  search.onkeydown = (event) => {
    if (event.key === "Escape") search.value = "";
    if (event.key === "Escape") return search.oninput();
    if (event.key !== "Enter" || !ids.length) return;
    at = (at + (event.shiftKey ? ids.length - 1 : 1)) % ids.length;
    hits.textContent = `${at + 1} / ${ids.length}`;
    hands.choose(ids[at]);
  };
  return pane;
}

// Four panes: side by side where there is room, else behind tabs, always in the order code, graph, steps, details.
function createTabs(bodies, asides) {
  const order = ["code", "graph", "steps", "details"];
  const list = h("div", { className: "tabs", role: "tablist" });
  const el = h("div", { className: "panes" }, list);
  const buttons = new Map();
  const [titles, notes] = [new Map(), new Map()];
  const pane = { el, chosen: "code" };
  for (const name of order) {
    const button = h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `pane-${name}`, className: name });
    button.onclick = () => open(name);
    buttons.set(name, button);
    list.append(button);
    const title = h("h2", {});
    titles.set(name, title);
    const aside = h("span", { className: "aside" });
    const header = h("header", {}, title, asides[name] || aside);
    notes.set(name, aside);
    el.append(h("section", { className: `pane ${name}`, id: `pane-${name}` }, header, bodies[name]));
  }
  function open(name) {
    pane.chosen = name;
    el.dataset.tab = name;
    buttons.forEach((button, key) => {
      button.setAttribute("aria-selected", String(key === name));
      button.tabIndex = key === name ? 0 : -1;
    });
  }
  list.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const shown = order.filter((name) => buttons.get(name).offsetParent);
    const next = shown[(shown.indexOf(pane.chosen) + step + shown.length) % shown.length];
    open(next);
    buttons.get(next).focus();
    event.preventDefault();
  };
  pane.load = ({ words }) => {
    list.setAttribute("aria-label", words.panes);
    buttons.forEach((button, name) => (button.textContent = name === "details" ? words.short : words[name]));
    titles.forEach((title, name) => (title.textContent = words[name]));
    titles.get("graph").title = words.keys;
  };
  pane.titled = (name, text) => (notes.get(name).textContent = text);
  open("code");
  return pane;
}
