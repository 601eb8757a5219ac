// Everything about the selected step.
function createDetails(hands) {
  const pane = { el: h("div", { className: "scroll details" }) };

  pane.show = (step, scene, lineText, { values, values_follow }) => {
    if (!step) return pane.el.replaceChildren();
    const old = pane.el.querySelector(".values");
    const words = scene.words;
    const parts = [
      h("p", { className: `kind ${step.kind}` }, step.what || step.name),
      h("h3", { tabIndex: -1 }, step.name + (step.repeat > 1 ? ` × ${step.repeat}` : "")),
      lineText ? h("p", { className: "source" }, h("code", {}, lineText)) : null,
      step.say ? h("p", { className: "say" }, unbroken(step.say)) : null,
      step.message ? failure(step, words) : null,
      facts(step, scene),
      moduleButtons(step, scene),
      drawValues(values.find((found) => found.step === step.id), step, words) || (values_follow && waiting(old, step, words)),
    ];
    const wasInside = pane.el.contains(pane.el.getRootNode().activeElement);
    pane.el.replaceChildren(...parts.filter(Boolean));
    // Where nothing in it takes the keyboard, what is below its edge could not be reached.
    if (pane.el.querySelector("button")) pane.el.removeAttribute("tabindex");
    else pane.el.tabIndex = 0;
    if (wasInside) pane.el.querySelector("h3").focus({ preventScroll: true }); // whoever followed a link goes on from there
  };

  // Until the numbers come: those from before, dimmed, where they are of the same step.
  function waiting(old, step, words) {
    if (step.kind === "failed" || step.kind === "unused") return null;
    const kept = old?.dataset.step === step.id ? old : h("section", { className: "values" }, h("p", { className: "hint" }, words.computing));
    kept.classList.add("waits");
    return kept;
  }

  function failure(step, words) {
    return h("div", { className: "failure", role: "alert" }, h("b", {}, words.failed), `${apart(words.failed)}${words.says}${apart(words.says)}`, h("q", {}, unbroken(step.message)));
  }

  function facts(step, { words, totals, steps }) {
    const rows = [];
    const whole = (part) => (typeof part === "string" ? unbroken(part) : part);
    const add = (name, ...content) => rows.push(h("div", {}, h("dt", {}, name), h("dd", {}, ...content.map(whole))));
    for (const [id, name, shape, wide] of step.reads) {
      const link = h("button", { type: "button", className: "link", onclick: () => hands.choose(id) }, name);
      add(words.reads, shape, wide ? ` ⇉\u00a0${wide.replaceAll("×", " × ")}` : "", h("small", {}, " ←\u00a0", link));
    }
    for (const [name, shape] of step.operands || []) if (name) add(words.operand, shape, h("small", {}, ` ${name}`));
    for (const shape of step.makes) add(words.makes, shape);
    if (step.params) add(words.params, step.product ? `${step.product} = ` : "", grouped(step.params), share(step.params, totals.params));
    if (step.macs) add(words.macs, grouped(step.macs), share(step.macs, totals.macs));
    if (step.macs === null) add(words.macs, words.unknown);
    if (step.work) add(words.work, grouped(step.work));
    if (step.bytes) add(words.memory, bytes(step.bytes), h("small", {}, ` ${step.dtype}`));
    if (step.field) add(words.field, step.field === "global" ? words.global : step.field);
    if (step.attributes?.length) add(words.settings, step.attributes.map(([name, value]) => `${name}=${value}`).join(", "));
    if (step.overwrites) add("↻", words.in_place);
    const twins = step.shared ? steps.filter((other) => other.shared?.[2] === step.shared[2] && other.id !== step.id) : [];
    if (twins.length) add("=", fill(words.shared, { others: twins.map((other) => other.name).join(", ") }));
    if (step.repeat > 1) add("×", fill(words.copies, { count: step.repeat }));
    return h("dl", {}, ...rows);
  }

  function share(part, whole) {
    const percent = whole ? (100 * part) / whole : 0;
    return h("small", {}, ` ${percent >= 99.95 ? 100 : Number(percent.toPrecision(2))} %`);
  }

  function moduleButtons(step, scene) {
    const buttons = [];
    if (step.path) buttons.push(h("button", { type: "button", onclick: () => hands.open(step.id) }, `+ ${scene.words.open}`));
    const around = hands.around(step.id);
    if (around) buttons.push(h("button", { type: "button", onclick: () => hands.foldAround(step.id) }, `− ${fill(scene.words.fold, { name: around })}`));
    return buttons.length ? h("p", { className: "acts" }, ...buttons) : null;
  }
  return pane;
}

// The numbers of a real forward: how they are spread, and as small pictures, all on one scale.
function drawValues(values, step, words) {
  if (!values) return null;
  const place = h("section", { className: "values", dataset: { step: step.id } }, h("h4", {}, words.values));
  for (const text of values.notes || []) place.append(h("p", { className: "hint" }, text));
  if (values.stats) {
    const { least, mean, largest, deviation, zeros } = values.stats;
    const rows = [[words.least, least], [words.mean, mean], [words.largest, largest], [words.deviation, deviation]];
    const pairs = rows.map(([name, number]) => h("div", {}, h("dt", {}, name), h("dd", {}, number)));
    if (zeros) pairs.push(h("div", {}, h("dt", {}, words.zeros), h("dd", {}, zeros)));
    place.append(h("dl", {}, ...pairs), histogram(values.bins, values.stats));
  }
  for (const group of values.pictures || []) {
    place.append(h("h5", {}, group.title), pictures(group));
  }
  return place;
}

function histogram(bins, { least, largest }) {
  const most = Math.max(...bins, 1);
  const bars = bins.map((count) => {
    const bar = h("u", { title: grouped(count) });
    bar.style.height = `${Math.max(count ? 2 : 0, (100 * count) / most)}%`;
    return bar;
  });
  const label = `${least} … ${largest}`;
  return h("figure", { className: "bars" }, h("div", { role: "img", "aria-label": label }, ...bars), h("figcaption", {}, h("span", {}, least), h("span", {}, largest)));
}

function pictures({ title, width, height, tiles, signed }) {
  const grid = h("div", { className: "tiles", role: "img", "aria-label": title });
  const cell = Math.max(1, Math.min(64, Math.round(64 / Math.max(width, 1))) );
  const picture = bitmaps(width, height, signed);
  tiles.forEach(([label, coded]) => {
    const tile = h("img", { alt: "", title: label, width, height, decoding: "sync", src: picture(atob(coded)) });
    tile.style.aspectRatio = `${width} / ${height}`;
    grid.append(tile);
  });
  const most = Math.max(...[width * cell, 30]);
  grid.style.gridTemplateColumns = `repeat(auto-fill, minmax(min(100%, ${Math.min(most, tiles.length > 16 ? 34 : 68)}px), 1fr))`;
  return grid;
}

// What makes rows of bytes a picture of 256 colours, as a BMP in an address. As canvases the tiles would be layers of their own, and
// sixty of them slow every frame of the page.
function bitmaps(width, height, signed) {
  const [start, stride] = [54 + 4 * 256, (width + 3) & ~3];
  const bytes = new Uint8Array(start + stride * height);
  const head = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  for (const [at, number] of [[2, bytes.length], [10, start], [14, 40], [18, width], [22, -height]]) head.setInt32(at, number, true);
  for (const [at, number] of [[26, 1], [28, 8]]) head.setInt16(at, number, true);
  for (let index = 0; index < 256; index += 1) {
    const [r, g, b] = signed ? bothWays((index / 255) * 2 - 1) : oneWay(index / 255);
    bytes.set([b, g, r].map(Math.round), 54 + 4 * index);
  }
  return (text) => {
    for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) bytes[start + y * stride + x] = text.charCodeAt(y * width + x);
    return `data:image/bmp;base64,${btoa(String.fromCharCode(...bytes))}`;
  };
}

// From near black over violet and rose to light yellow; and blue over white to rose around zero.
function oneWay(part) {
  const stops = [[20, 16, 48], [88, 32, 110], [194, 56, 107], [246, 150, 80], [252, 240, 170]];
  const place = part * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(place));
  return stops[low].map((from, channel) => from + (stops[low + 1][channel] - from) * (place - low));
}

function bothWays(part) {
  const end = part < 0 ? [54, 72, 201] : [194, 40, 90];
  return end.map((to) => 246 + (to - 246) * Math.min(1, Math.abs(part)));
}
