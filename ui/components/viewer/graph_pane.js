// The drawing under the hand: pan, zoom, fit, overview, marks. It knows ids of steps, and reports what a person does with them.
function createGraph(hands) {
  const frame = h("div", { className: "view" });
  const [boxes, sight] = [h("canvas"), h("div")];
  const overview = h("div", { className: "overview", "aria-hidden": "true" }, boxes, sight);
  const keys = h("p", { className: "keys" });
  const pane = { el: h("div", { className: "stage" }, frame, overview, keys), nodes: new Map(), svg: null };
  const at = { x: 0, y: 0, scale: 1 };
  let [source, scene, size, asked, marked, held] = ["", null, { width: 1, height: 1 }, 0, {}, false];

  pane.load = (next) => {
    scene = next;
    keys.textContent = scene.words.keys;
    if (next.svg === source) return;
    source = next.svg;
    const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
    parsed.querySelectorAll("script, foreignObject").forEach((element) => element.remove());
    pane.svg = document.adoptNode(parsed.documentElement);
    size = { width: pane.svg.width.baseVal.value, height: pane.svg.height.baseVal.value };
    held = frame.contains(frame.getRootNode().activeElement); // a module was opened or folded by a key
    frame.replaceChildren(pane.svg);
    pane.svg.setAttribute("aria-description", scene.words.keys);
    pane.nodes = new Map([...pane.svg.querySelectorAll(".node")].map((node) => [node.id, node]));
    pane.edges = new Map();
    for (const edge of pane.svg.querySelectorAll(".edge")) {
      for (const end of [edge.dataset.source, edge.dataset.target]) pane.edges.set(end, [...(pane.edges.get(end) || []), edge]);
    }
    marked = { selected: new Set(), hovered: new Set(), found: new Set(), twin: new Set() };
    requestAnimationFrame(drawOverview); // first the drawing itself
    home();
  };

  // Only what changes is touched: a pointer that moves over a thousand boxes marks one of them after the other.
  pane.mark = ({ chosen, hovered, found, twins }) => {
    const now = { selected: new Set([chosen]), hovered, found, twin: twins };
    for (const [name, ids] of Object.entries(now)) {
      for (const id of marked[name]) if (!ids.has(id)) pane.nodes.get(id)?.classList.remove(name);
      for (const id of ids) if (!marked[name].has(id)) pane.nodes.get(id)?.classList.add(name);
    }
    const before = [...marked.selected][0];
    if (before !== chosen) {
      [[before, -1], [chosen, 0]].forEach(([id, tab]) => {
        const node = pane.nodes.get(id);
        if (node) node.tabIndex = tab;
        if (held && !tab) node?.focus({ preventScroll: true });
        if (tab) node?.removeAttribute("aria-current");
        else node?.setAttribute("aria-current", "step");
        for (const edge of pane.edges.get(id) || []) edge.classList.toggle("near", !tab);
        for (const edge of pane.edges.get(id) || []) edge.classList.toggle("arriving", !tab && edge.dataset.target === id);
      });
    }
    held = false;
    marked = Object.fromEntries(Object.entries(now).map(([name, ids]) => [name, new Set(ids)]));
  };

  // How much of the whole a step costs, as the strength of its colour.
  pane.heat = (name) => {
    const most = Math.max(1, ...scene.steps.map((step) => step[name] || 0));
    pane.svg.classList.toggle("heat", Boolean(name));
    for (const step of scene.steps) {
      const share = name ? Math.sqrt((step[name] || 0) / most) : 0;
      pane.nodes.get(step.id)?.style.setProperty("--heat", `${(share * 48).toFixed(1)}%`);
    }
  };

  // Once a frame, however often the pointer moves in it; nothing is measured on the way.
  function show() {
    asked ||= requestAnimationFrame(apply);
  }

  function apply() {
    cancelAnimationFrame(asked);
    asked = 0;
    if (!pane.svg) return;
    pane.svg.style.transform = `translate(${at.x}px, ${at.y}px) scale(${at.scale})`;
    frameOverview();
  }

  const BUTTONS = 36; // the height of the buttons that stand over the lower edge
  let known = null; // the size of the frame, until it changes
  const room = () => (known ||= { width: frame.clientWidth || 400, height: frame.clientHeight || 400 });

  function place(scale) {
    const { width, height } = room();
    at.scale = scale;
    at.x = Math.max((width - size.width * scale) / 2, scale * size.width > width ? 0 : -Infinity);
    at.y = Math.max((height - size.height * scale) / 3, 0);
    show();
  }

  const whole = () => Math.min(room().width / size.width, (room().height - BUTTONS) / size.height, 1.35);
  pane.fit = () => place(whole());

  // At first as much as can be read: a long drawing begins at its top.
  function home() {
    const broad = Math.max(room().width / size.width, room().height / size.height);
    place(whole() > 0.5 ? whole() : Math.min(0.9, Math.max(0.55, broad)));
  }

  pane.zoom = (factor, x = room().width / 2, y = room().height / 2) => {
    const scale = Math.min(4, Math.max(0.03, at.scale * factor));
    at.x = x - ((x - at.x) * scale) / at.scale;
    at.y = y - ((y - at.y) * scale) / at.scale;
    at.scale = scale;
    show();
  };

  // Brings a step into view, with its neighbours where there is room.
  pane.reveal = (id) => {
    const box = scene.at[id];
    if (!box) return;
    const { width, height } = room();
    const [x, y] = [at.x + (box[0] + 14) * at.scale, at.y + (box[1] + 14) * at.scale];
    const [beside, above] = [Math.min(90, width / 4), Math.min(60, height / 4)];
    if (x < beside) at.x += beside - x;
    if (x > width - beside) at.x -= x - (width - beside);
    if (y < above) at.y += height / 2 - y;
    if (y > height - above) at.y -= y - height / 2;
    const most = Math.max(above, (height - size.height * at.scale) / 3); // never mostly empty
    at.y = Math.max(Math.min(most, height - BUTTONS - size.height * at.scale), Math.min(most, at.y));
    show();
  };

  // The boxes are painted once for a drawing; while it moves only a frame moves over them.
  function drawOverview() {
    if (!pane.svg?.isConnected) return;
    const scale = Math.min(120 / size.width, 150 / size.height);
    const [wide, high, dense] = [size.width * scale, size.height * scale, devicePixelRatio || 1];
    boxes.width = wide * dense;
    boxes.height = high * dense;
    Object.assign(overview.style, { width: `${wide}px`, height: `${high}px` });
    const pen = boxes.getContext("2d");
    pen.scale(dense, dense);
    pen.fillStyle = getComputedStyle(overview).color;
    pen.globalAlpha = 0.45;
    for (const [x, y, w, t] of Object.values(scene.at)) {
      pen.fillRect((x + 14 - w / 2) * scale, (y + 14 - t / 2) * scale, Math.max(1, w * scale), Math.max(1, t * scale));
    }
  }

  function frameOverview() {
    const { width, height } = room();
    overview.hidden = size.width * at.scale <= width * 1.02 && size.height * at.scale <= height * 1.02;
    const scale = Math.min(120 / size.width, 150 / size.height);
    const limit = (from, length, most) => [Math.max(0, from), Math.min(most, from + length)];
    const [left, right] = limit((-at.x / at.scale) * scale, (width / at.scale) * scale, size.width * scale);
    const [top, bottom] = limit((-at.y / at.scale) * scale, (height / at.scale) * scale, size.height * scale);
    sight.style.transform = `translate(${left}px, ${top}px)`;
    const shape = [Math.max(2, right - left), Math.max(2, bottom - top)].map((side) => `${side.toFixed(1)}px`);
    if (sight.style.width !== shape[0]) sight.style.width = shape[0];
    if (sight.style.height !== shape[1]) sight.style.height = shape[1];
  }

  function jump(event) {
    const place = overview.getBoundingClientRect();
    const { width, height } = room();
    at.x = width / 2 - ((event.clientX - place.left) / place.width) * size.width * at.scale;
    at.y = height / 2 - ((event.clientY - place.top) / place.height) * size.height * at.scale;
    show();
  }
  overview.onpointerdown = (event) => {
    overview.setPointerCapture(event.pointerId);
    jump(event);
  };
  overview.onpointermove = (event) => event.buttons && jump(event);

  // One pointer pans, two pinch.
  const pointers = new Map();
  let moved = false;
  frame.onpointerdown = (event) => {
    if (event.button !== 0) return;
    if (!pointers.size) moved = false;
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
  };
  frame.onpointermove = (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
    if (!moved && Math.hypot(dx, dy) < 4) return;
    if (!moved) frame.classList.add("dragging");
    if (!frame.hasPointerCapture(event.pointerId)) frame.setPointerCapture(event.pointerId);
    moved = true;
    const others = [...pointers].filter(([id]) => id !== event.pointerId);
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    if (others.length) pinch(others[0][1], last, [event.clientX, event.clientY]);
    else {
      at.x += dx;
      at.y += dy;
      show();
    }
  };
  function pinch(other, before, now) {
    const far = (point) => Math.max(8, Math.hypot(point[0] - other[0], point[1] - other[1]));
    const place = frame.getBoundingClientRect();
    pane.zoom(far(now) / far(before), (other[0] + now[0]) / 2 - place.left, (other[1] + now[1]) / 2 - place.top);
  }
  frame.onpointerup = frame.onpointercancel = (event) => {
    pointers.delete(event.pointerId);
    apply();
    if (!pointers.size) frame.classList.remove("dragging");
  };

  frame.onclick = (event) => {
    if (moved) return void (moved = false);
    const sign = event.target.closest(".toggle");
    if (sign?.dataset.open) return hands.open(sign.dataset.open);
    if (sign?.dataset.fold) return hands.fold(sign.dataset.fold);
    const node = event.target.closest(".node");
    if (node) hands.choose(node.id);
  };
  frame.ondblclick = (event) => {
    const node = event.target.closest(".node");
    if (node) hands.open(node.id);
  };
  frame.onpointerover = (event) => {
    const node = pointers.size ? null : event.target.closest(".node");
    hands.hover(node ? [node.id] : []);
  };
  frame.onpointerleave = () => hands.hover([]);
  // Without Ctrl the wheel scrolls the page, as everywhere else.
  frame.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const place = frame.getBoundingClientRect();
      pane.zoom(Math.exp(-event.deltaY * 0.002), event.clientX - place.left, event.clientY - place.top);
    },
    { passive: false },
  );
  frame.onkeydown = (event) => {
    const node = event.target.closest(".node");
    if (!node) return;
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) walk(node.id, step);
    else if (event.key === "Enter" || event.key === " ") hands.choose(node.id);
    else if (event.key === "+") hands.choose(node.id), hands.open(node.id); // what is selected keeps the keyboard in the new drawing
    else if (event.key === "-") hands.choose(node.id), hands.foldAround(node.id);
    else return;
    event.preventDefault();
  };
  function walk(id, step) {
    const ids = [...pane.nodes.keys()];
    const next = ids[ids.indexOf(id) + step];
    if (!next) return;
    pane.reveal(next);
    pane.nodes.get(next).focus({ preventScroll: true });
    hands.hover([next]);
  }

  let shown = "";
  const watcher = new ResizeObserver(() => {
    known = null;
    const now = `${frame.clientWidth} ${frame.clientHeight}`;
    if (!pane.svg || now === shown || !frame.clientWidth) return;
    shown = now;
    home();
    if (hands.chosen()) pane.reveal(hands.chosen());
  });
  watcher.observe(frame);
  pane.stop = () => watcher.disconnect();
  return pane;
}
