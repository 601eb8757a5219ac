// The viewer: source, drawing, table, details and playback around one selection. Everything that needs a new drawing is asked of
// the server; all else happens here. One viewer per mounted component; the function runs again when the data or the theme change.
// A scene is large and comes once: the server hears which ones are here and leaves them out of what it sends.
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
    h, press, fill, grouped, counted, bytes, apart, unbroken, whole, calm, rove, intoView, createGraph, createCode, createTable, createDetails,
    drawValues, histogram, pictures, bitmaps, oneWay, bothWays, createPlayback, createExports, download, themeNames, standalone, toPng, reportOf, viewerParts,
    createViewer, createTools, createTabs,
  ];
}

function createViewer(root, server) {
  let [data, scene, byId, linesOf, stepsAt, anchor] = [null, null, new Map(), new Map(), new Map(), null];
  let [chosen, hovered, found, told, timer] = ["", new Set(), new Set(), {}, 0];
  let [lastFile, picked] = [0, false]; // picked: by hand, and not by the server
  let [wantedHeat, wantedTab] = ["", ""]; // what the server asked for last, as a link does
  const [scenes, MOST_SCENES] = [new Map(), 8];

  const hands = {
    root,
    chosen: () => chosen,
    words: () => scene.words,
    name: () => scene.name || "block",
    lang: () => scene.lang,
    svg: () => graph.svg,
    data: () => data,
    css: () => [...root.getRootNode().querySelectorAll("style")].filter((style) => !root.contains(style)).map((style) => style.textContent).join("\n"),
    choose,
    report,
    // Whether the numbers of the selected step are here, or will never be.
    isFilled: () => !data.values_follow || data.values.some((found) => found.step === chosen),
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
    ask(kind) {
      tools.say(scene.words.making);
      server.trigger("wanted", kind);
    },
    find,
    heat(name) {
      graph.heat(name);
      looked();
    },
    looked,
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
  const tabs = createTabs(hands, bodies, { graph: tools.finding });
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

  function update(sent) {
    if (sent.scene) keepScene(sent.id, sent.scene);
    if (!scenes.has(sent.id)) return server.state("selected", { step: "", ahead: "", has: [] }); // as after this component was built anew
    const next = { ...sent, scene: scenes.get(sent.id) };
    const fresh = scene !== next.scene;
    const turned = data && next.selected !== data.selected;
    data = next;
    scene = next.scene;
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
      tools.searchAgain();
    }
    code.load(scene, next.texts); // also where the scene is as before: the sentences may be new
    const wanted = turned || !picked ? next.selected : chosen;
    select(byId.has(wanted) ? wanted : heir() || next.selected || scene.first, { reveal: fresh || turned });
    takeLook(next, fresh);
    if (!hands.isFilled()) report(chosen, 0, told.step === chosen ? told.ahead : ""); // the numbers come once the drawing is here
    takeFile(next.file);
  }

  function keepScene(id, it) {
    scenes.delete(id);
    scenes.set(id, it);
    if (scenes.size > MOST_SCENES) scenes.delete(scenes.keys().next().value);
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
    details.show(step, scene, text, data);
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
    picked = true;
    select(id, { reveal, from });
    if (telling) report(id);
  }

  // The page hears of a selection once it rests.
  function report(id, after = 180, ahead = "") {
    clearTimeout(timer);
    const news = { step: picked ? id : "", ahead, has: [...scenes.keys()], heat: tools.heat(), tab: tabs.chosen };
    if (!id || JSON.stringify(news) === JSON.stringify(told)) return;
    timer = setTimeout(() => {
      told = news;
      server.state("selected", news);
    }, after);
  }

  // The colours or the pane in front: the link is to have them.
  function looked() {
    report(chosen, 0, told.step === chosen ? told.ahead : "");
  }

  function takeLook({ heat, tab }, fresh) {
    if (tab !== wantedTab) tabs.show((wantedTab = tab));
    if (heat !== wantedHeat) tools.setHeat((wantedHeat = heat));
    else if (!fresh) return;
    graph.heat(tools.heat());
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
    tools.say(file.said || "");
    if (file.said) return;
    const content = file.base64 ? new Blob([Uint8Array.from(atob(file.base64), (letter) => letter.charCodeAt(0))]) : file.text;
    download(file.name, content, file.type);
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
