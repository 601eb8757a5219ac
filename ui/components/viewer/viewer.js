// One view per mounted component; the function below runs again whenever the data change.
const views = new WeakMap();
const MAX_SCALE = 4;
const FIRST_SCALE = 1.35; // small graphs are not blown up beyond this

export default function ({ data, parentElement, setStateValue }) {
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = createView(parentElement)));
  view.report = (id) => setStateValue("selected", id);
  view.setWords(data.words);
  view.setDrawing(data.svg);
  view.select(data.selected);
}

function createView(parent) {
  const frame = parent.querySelector(".view");
  const tools = parent.querySelector(".tools");
  const view = { source: null, svg: null, home: null, box: null, chosen: null, report: () => {} };

  view.setDrawing = (source) => {
    if (view.source === source) return;
    view.source = source;
    const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
    parsed.querySelectorAll("script, foreignObject").forEach((element) => element.remove());
    view.svg = document.importNode(parsed.documentElement, true);
    frame.replaceChildren(view.svg);
    const [x, y, width, height] = view.svg.getAttribute("viewBox").split(" ").map(Number);
    view.home = { x, y, width, height };
    fit();
  };

  view.select = (id) => {
    view.chosen = id;
    view.svg.querySelectorAll(".node").forEach((node) => {
      node.classList.toggle("selected", node.id === id);
      node.setAttribute("aria-pressed", String(node.id === id));
    });
    view.svg.querySelectorAll(".edge").forEach((edge) => {
      edge.classList.toggle("near", edge.dataset.source === id || edge.dataset.target === id);
    });
  };

  view.setWords = (words) => {
    tools.setAttribute("aria-label", words.tools);
    tools.replaceChildren(
      button("−", words.out, () => zoom(1 / 1.25)),
      button("+", words.in, () => zoom(1.25)),
      button(words.fit, words.fit, fit),
    );
  };

  function button(text, label, act) {
    const element = document.createElement("button");
    element.type = "button";
    element.textContent = text;
    element.title = label;
    element.setAttribute("aria-label", label);
    element.onclick = act;
    return element;
  }

  function show() {
    const { x, y, width, height } = view.box;
    view.svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
  }

  function fit() {
    const width = frame.clientWidth || 600;
    const height = frame.clientHeight || 400;
    const { home } = view;
    const scale = Math.min(width / home.width, height / home.height, FIRST_SCALE);
    view.box = { width: width / scale, height: height / scale };
    view.box.x = home.x + (home.width - view.box.width) / 2;
    view.box.y = home.y + Math.min(0, (home.height - view.box.height) / 5); // small graphs stay near the top
    show();
  }

  function zoom(factor, at = { x: 0.5, y: 0.5 }) {
    const { box } = view;
    const scale = (frame.clientWidth / box.width) * factor;
    if (scale > MAX_SCALE || scale < 0.05) return;
    const width = box.width / factor;
    const height = box.height / factor;
    view.box = { x: box.x + (box.width - width) * at.x, y: box.y + (box.height - height) * at.y, width, height };
    show();
  }

  function pan(dx, dy) {
    const unit = view.box.width / frame.clientWidth;
    view.box.x -= dx * unit;
    view.box.y -= dy * unit;
    show();
  }

  function choose(node) {
    if (!node || node.id === view.chosen) return;
    view.select(node.id);
    view.report(node.id);
  }

  let start = null;
  frame.onpointerdown = (event) => {
    if (event.button === 0 && event.pointerType !== "touch") start = { x: event.clientX, y: event.clientY, moved: false };
  };
  frame.onpointermove = (event) => {
    if (!start) return;
    const dx = event.clientX - start.x;
    const dy = event.clientY - start.y;
    if (!start.moved && Math.hypot(dx, dy) < 4) return;
    if (!start.moved) frame.setPointerCapture(event.pointerId);
    start = { x: event.clientX, y: event.clientY, moved: true };
    frame.classList.add("dragging");
    pan(dx, dy);
  };
  frame.onpointerup = frame.onpointercancel = () => {
    frame.classList.remove("dragging");
    const wasDrag = start?.moved;
    start = null;
    view.justDragged = Boolean(wasDrag);
  };
  frame.onclick = (event) => {
    if (view.justDragged) view.justDragged = false;
    else choose(event.target.closest(".node"));
  };
  // Without Ctrl the wheel scrolls the page, as everywhere else.
  frame.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const place = frame.getBoundingClientRect();
      const at = { x: (event.clientX - place.left) / place.width, y: (event.clientY - place.top) / place.height };
      zoom(Math.exp(-event.deltaY * 0.002), at);
    },
    { passive: false },
  );
  frame.onkeydown = (event) => {
    const node = event.target.closest(".node");
    if (!node) return;
    const nodes = [...view.svg.querySelectorAll(".node")];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) nodes[nodes.indexOf(node) + step]?.focus();
    else if (event.key === "Enter" || event.key === " ") choose(node);
    else return;
    event.preventDefault();
  };
  new ResizeObserver(() => view.svg && fit()).observe(frame);
  return view;
}
