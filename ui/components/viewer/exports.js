// What can be made here and now: the drawing, its picture, and a report that opens from disk. Texts come from the server.
function createExports(hands) {
  const menu = h("details", { className: "menu" });
  const pane = { el: menu };

  pane.load = ({ words }, texts) => {
    const item = (label, act) => h("button", { type: "button", onclick: () => { menu.open = false; act(); } }, label);
    const own = [
      item(words.drawing, () => download(`${hands.name()}.svg`, standalone(hands.svg(), hands.root), "image/svg+xml")),
      item(words.picture, () => toPng(standalone(hands.svg(), hands.root), hands.svg(), (blob) => download(`${hands.name()}.png`, blob))),
      item(words.report, () => download(`${hands.name()}.html`, reportOf(hands), "text/html")),
    ];
    const asked = (texts || []).map(([kind, label]) => item(label, () => hands.ask(kind)));
    const summary = h("summary", {}, `${words.export} ▾`);
    menu.replaceChildren(summary, h("div", { className: "items" }, ...own, ...asked));
  };
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  return pane;
}

function download(name, content, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` });
  const link = h("a", { href: URL.createObjectURL(blob), download: name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, "_") });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function themeNames() {
  const names = "ink muted line paper card accent accent-soft gate gate-soft pool warn warn-soft warn-ink good pad red red-soft norm";
  return names.split(" ").map((name) => `--bl-${name}`);
}

// The drawing without marks, with its colours as they are on screen now.
function standalone(svg, root) {
  const copy = svg.cloneNode(true);
  copy.removeAttribute("style");
  copy.querySelectorAll(".node").forEach((node) => node.classList.remove("selected", "hovered", "found", "twin"));
  copy.querySelectorAll(".toggle").forEach((sign) => sign.remove());
  copy.querySelectorAll("[tabindex]").forEach((node) => ["tabindex", "role", "aria-current"].forEach((name) => node.removeAttribute(name)));
  const probe = h("i");
  root.append(probe);
  const colours = themeNames().map((name) => {
    probe.style.color = `var(${name}, transparent)`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  for (const [name, colour] of colours) if (colour !== "rgba(0, 0, 0, 0)") copy.style.setProperty(name, colour);
  const [x, y, width, height] = copy.getAttribute("viewBox").split(" ");
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ x, y, width, height, fill: "var(--bl-card, #fff)" })) paper.setAttribute(name, value);
  copy.querySelector("style").after(paper);
  return new XMLSerializer().serializeToString(copy);
}

function toPng(text, svg, done) {
  const { width, height } = { width: svg.width.baseVal.value, height: svg.height.baseVal.value };
  const scale = Math.min(2, 16_000 / Math.max(width, height)); // beyond that browsers give an empty canvas
  const image = new Image();
  image.onload = () => {
    const canvas = h("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(done, "image/png");
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

// The viewer itself as one file: its own functions, style and scene, nothing else. This function stands in the file too, so its
// text must not hold the words that end a script.
function reportOf(hands) {
  const end = "</" + "script>";
  const theme = getComputedStyle(hands.root);
  const variables = themeNames().map((name) => `${name}:${theme.getPropertyValue(name).trim()}`).filter((line) => !line.endsWith(":"));
  const shown = { ...hands.data(), values_follow: false, exports: [], file: null, alone: true, height: "clamp(460px, calc(100vh - 140px), 1200px)" };
  const scene = JSON.stringify(shown).replace(/</g, "\\u003c").replace(/\u2028|\u2029/g, " ");
  const title = document.createElement("title");
  title.textContent = hands.name();
  const start = "const data = JSON.parse(document.getElementById('scene').textContent);"
    + "const host = document.getElementById('host').attachShadow({ mode: 'open' });"
    + "const style = document.createElement('style'); style.textContent = document.getElementById('style').textContent;"
    + "const place = document.createElement('div'); place.className = 'vw'; host.append(style, place);"
    + "createViewer(place, { state() {}, trigger() {} }).update(data);";
  return `<!doctype html><html lang="${hands.lang() === "zh" ? "zh-CN" : "en"}"><head><meta charset="utf-8">`
    + `<meta name="viewport" content="width=device-width,initial-scale=1">${title.outerHTML}`
    + `<style>:root{color-scheme:light dark;${variables.join(";")}}body{margin:0;padding:16px;background:var(--bl-paper);color:var(--bl-ink);`
    + `font:15px/1.5 "Noto Sans","Noto Sans CJK SC","Segoe UI",sans-serif}h1{font-size:1.4rem;margin:0 0 .6rem}</style></head><body>`
    + `<main><h1></h1><div id="host"></div></main><style id="style" media="not all">${hands.css()}</style>`
    + `<script type="application/json" id="scene">${scene}${end}`
    + `<script type="module">${viewerParts().map(String).join("\n")}\ndocument.querySelector("h1").textContent = document.title;${start}${end}</body></html>`;
}
