// A map of numbers over the picture that it was made from: opacity, colours, resolution; tokens to click where there are some.
const views = new WeakMap();
const TINTS = ["fire", "rose", "sea", "grey", "light"];

function style(view) {
  const { root, look, data } = view;
  const map = root.querySelector("canvas.map");
  map.style.opacity = String(look.opacity / 100);
  map.classList.toggle("smooth", look.fine);
  if (data.grid) paintGrid(map, data.grid, look.tint, data.low, data.high);
  root.querySelector(".scale").replaceChildren(legend(look.tint, data.low, data.high));
  root.querySelector("input").value = String(look.opacity);
  root.querySelector(".percent").textContent = `${look.opacity} %`;
  root.querySelector("select").value = look.tint;
  for (const button of root.querySelectorAll(".fine button")) {
    button.setAttribute("aria-pressed", String((button.dataset.fine === "1") === look.fine));
  }
}

function build(root, words) {
  const tints = TINTS.map((tint) => make("option", { value: tint }, words[tint]));
  root.replaceChildren(
    make("div", { class: "stage" }, make("img", { alt: "" }), make("canvas", { class: "map", "aria-hidden": "true" }), make("div", { class: "tokens" })),
    make("p", { class: "told" }),
    make(
      "div",
      { class: "controls" },
      make("label", {}, words.opacity, make("input", { type: "range", min: "0", max: "100", step: "5" }), make("span", { class: "percent" })),
      make("label", {}, words.colours, make("select", {}, ...tints)),
      make(
        "div",
        { class: "fine", role: "group", "aria-label": words.resolution },
        make("button", { type: "button", "data-fine": "0" }, words.coarse),
        make("button", { type: "button", "data-fine": "1" }, words.smooth),
      ),
      make("span", { class: "scale" }),
    ),
  );
}

function mark(view, token) {
  const [rows, columns] = view.data.places;
  const box = view.root.querySelector(".tokens");
  const at = token - view.data.first;
  const inside = at >= 0 && at < rows * columns;
  box.replaceChildren();
  if (!inside) return;
  const place = make("i", { class: "token" });
  place.style.left = `${((at % columns) / columns) * 100}%`;
  place.style.top = `${(Math.floor(at / columns) / rows) * 100}%`;
  place.style.width = `${100 / columns}%`;
  place.style.height = `${100 / rows}%`;
  box.append(place);
}

function spoken(view, token) {
  const { data } = view;
  const at = token - data.first;
  const columns = data.places[1];
  return at < 0 ? data.words.classToken : `${data.words.row} ${Math.floor(at / columns)}, ${data.words.column} ${at % columns}`;
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".overlay");
  let view = views.get(parentElement);
  if (!view || root.dataset.words !== JSON.stringify(data.words)) {
    root.dataset.words = JSON.stringify(data.words);
    build(root, data.words);
    views.set(parentElement, (view = { root }));
  }
  view.data = data;
  if (!view.look || view.told !== JSON.stringify(data.look)) view.look = { ...data.look };
  view.told = JSON.stringify(data.look);
  view.token = data.token;
  const image = root.querySelector("img");
  if (image.getAttribute("src") !== data.picture) image.src = data.picture;
  const stage = root.querySelector(".stage");
  stage.style.aspectRatio = `${data.width} / ${data.height}`;
  style(view);
  const told = root.querySelector(".told");
  told.textContent = data.hint;
  const change = (part, keep = true) => {
    Object.assign(view.look, part);
    style(view);
    if (keep) setStateValue("look", { ...view.look });
  };
  const range = root.querySelector("input");
  range.oninput = () => change({ opacity: Number(range.value) }, false);
  range.onchange = () => change({ opacity: Number(range.value) });
  root.querySelector("select").onchange = (event) => change({ tint: event.target.value });
  root.querySelector(".fine").onclick = (event) => {
    const button = event.target.closest("button");
    if (button) change({ fine: button.dataset.fine === "1" });
  };
  const cell = (event, rows, columns) => {
    const box = stage.getBoundingClientRect();
    const place = (offset, size, count) => Math.max(0, Math.min(count - 1, Math.floor((offset / size) * count)));
    return [place(event.clientY - box.top, box.height, rows), place(event.clientX - box.left, box.width, columns)];
  };
  stage.onpointermove = (event) => {
    if (!data.grid) return;
    const [row, column] = cell(event, data.grid.height, data.grid.width);
    told.textContent = `${data.words.row} ${row}, ${data.words.column} ${column}:  ${say(numberAt(data.grid, row, column))}`;
  };
  stage.onpointerleave = () => (told.textContent = data.hint);
  if (data.token === null) {
    for (const name of ["role", "tabindex", "aria-valuenow", "aria-valuemin", "aria-valuemax", "aria-valuetext"]) stage.removeAttribute(name);
    stage.setAttribute("role", "img");
    stage.setAttribute("aria-label", data.label);
    root.querySelector(".tokens").replaceChildren();
    stage.onclick = stage.onkeydown = null;
    return;
  }
  const [rows, columns] = data.places;
  const last = data.first + rows * columns - 1;
  const attributes = { role: "slider", tabindex: "0", "aria-label": data.label, "aria-valuemin": "0", "aria-valuemax": String(last) };
  for (const [name, value] of Object.entries(attributes)) stage.setAttribute(name, value);
  const show = (token) => {
    view.token = token;
    mark(view, token);
    stage.setAttribute("aria-valuenow", String(token));
    stage.setAttribute("aria-valuetext", spoken(view, token));
  };
  const choose = (token) => {
    show(token);
    clearTimeout(view.timer);
    view.timer = setTimeout(() => setStateValue("token", token), 120);
  };
  show(data.token);
  stage.onclick = (event) => {
    const [row, column] = cell(event, rows, columns);
    choose(data.first + row * columns + column);
  };
  stage.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = view.token + step;
    if (next >= 0 && next <= last) choose(next);
  };
}
