// A number for each channel as bars, in order or sorted; below them what was added before the squashing, if it is a sum.
const views = new WeakMap();
const NS = "http://www.w3.org/2000/svg";
const WIDE = 1000;

function svg(tag, attributes, ...inside) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

function barsPath(numbers, order, base, scale) {
  const step = WIDE / order.length;
  const gap = order.length > 300 ? 0 : step * 0.22;
  let path = "";
  order.forEach((unit, place) => {
    const [top, bottom] = [numbers[unit], base[unit]].map(scale);
    if (top !== bottom) path += `M${(place * step + gap / 2).toFixed(2)} ${bottom.toFixed(2)}V${top.toFixed(2)}h${(step - gap).toFixed(2)}V${bottom.toFixed(2)}z`;
  });
  return path;
}

function scaleOf(low, high, height) {
  const span = high > low ? high - low : 1;
  return (number) => height - ((Math.max(low, Math.min(high, number)) - low) / span) * height;
}

function chart(height, low, high, ticks, inside) {
  const scale = scaleOf(low, high, height);
  const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  for (const tick of ticks) picture.append(svg("path", { class: "grid", d: `M0 ${scale(tick)}H${WIDE}` }));
  picture.append(...inside(scale));
  const marks = ticks.map((tick) => make("span", { style: `top:${((scale(tick) / height) * 100).toFixed(2)}%` }, say(tick)));
  return make("div", { class: "chart", style: `--h:${height}px` }, make("div", { class: "ticks", "aria-hidden": "true" }, ...marks), picture);
}

function draw(view) {
  const { data, root } = view;
  const numbers = data.units;
  const order = numbers.map((_, unit) => unit);
  if (data.sorted) order.sort((a, b) => numbers[b] - numbers[a]);
  view.order = order;
  const zero = numbers.map(() => 0);
  const low = data.fit ? Math.min(...numbers) : Math.min(0, ...numbers);
  const high = data.fit ? Math.max(...numbers) : Math.max(1, ...numbers);
  const ground = numbers.map(() => (data.fit ? low - (high - low) * 0.04 : 0));
  const from = data.fit ? low - (high - low) * 0.04 : low;
  const ticks = data.fit ? [low, (low + high) / 2, high] : low === 0 && high === 1 ? [0, 0.5, 1] : [low, 0, high];
  const charts = [
    chart(120, from, high, ticks, (scale) => [svg("path", { class: "gate", d: barsPath(numbers, order, ground, scale) })]),
  ];
  if (data.parts.length === 2) charts.push(partsChart(data, order, zero));
  root.querySelector(".charts").replaceChildren(...charts);
  for (const one of charts) {
    one.querySelector("svg").append(svg("rect", { class: "chosen", y: 0, height: "100%", width: Math.max(WIDE / order.length, 2) }), svg("rect", { class: "over", y: 0, height: "100%", width: Math.max(WIDE / order.length, 2) }));
  }
  point(view, "chosen", view.unit);
  point(view, "over", null);
  tell(view, view.unit);
}

// Positive contributions stand on each other, negative ones hang below; the line is their sum.
function partsChart(data, order, zero) {
  const [first, second] = data.parts.map((part) => part.units);
  const stack = first.map((number, unit) => (number * second[unit] > 0 ? number : 0));
  const top = second.map((number, unit) => number + stack[unit]);
  const sum = first.map((number, unit) => number + second[unit]);
  const all = [...first, ...top, ...sum, 0];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return chart(96, low, high, [low, 0, high], (scale) => {
    const step = WIDE / order.length;
    const line = order.map((unit, place) => `${place ? "L" : "M"}${((place + 0.5) * step).toFixed(2)} ${scale(sum[unit]).toFixed(2)}`).join("");
    return [
      svg("path", { class: "first", d: barsPath(first, order, zero, scale) }),
      svg("path", { class: "second", d: barsPath(top, order, stack, scale) }),
      svg("path", { class: "sum", d: line, "vector-effect": "non-scaling-stroke" }),
    ];
  });
}

function point(view, name, unit) {
  const place = view.order.indexOf(unit);
  for (const mark of view.root.querySelectorAll(`rect.${name}`)) {
    mark.setAttribute("visibility", place < 0 ? "hidden" : "visible");
    mark.setAttribute("x", (Math.max(place, 0) * WIDE) / view.order.length);
  }
}

function words(view, unit) {
  const { data } = view;
  if (unit === null || unit < 0 || unit >= data.units.length) return "";
  const parts = data.parts.map((part) => `${part.name} ${say(part.units[unit])}`);
  const name = data.channels < data.units.length ? `${Math.floor(unit / data.channels)}·${unit % data.channels}` : unit;
  return [`${data.words.channel} ${name}`, `${data.words.gate} ${say(data.units[unit])}`, ...parts].join("\u00a0\u00a0·  ");
}

function tell(view, unit) {
  const { root } = view;
  root.querySelector(".told").textContent = words(view, unit) || view.data.words.hint;
  const slider = root.querySelector(".charts");
  slider.setAttribute("aria-valuenow", String(Math.max(view.order.indexOf(view.unit), 0)));
  slider.setAttribute("aria-valuetext", words(view, view.unit) || view.data.words.hint);
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".bars");
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = { root, order: [] }));
  view.data = data;
  view.unit = data.chosen;
  const slider = root.querySelector(".charts");
  slider.setAttribute("aria-label", data.label);
  slider.setAttribute("aria-valuemax", String(data.units.length - 1));
  const key = root.querySelector(".key");
  const swatches = data.parts.length === 2 ? [["first", data.parts[0].name], ["second", data.parts[1].name], ["sum", data.words.sum]] : [];
  key.replaceChildren(...swatches.map(([name, text]) => make("li", {}, make("i", { class: name }), text)));
  draw(view);
  const unitAt = (event) => {
    const box = root.querySelector("svg").getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * view.order.length);
    return place >= 0 && place < view.order.length ? view.order[place] : null;
  };
  const choose = (unit) => {
    view.unit = unit;
    point(view, "chosen", unit);
    tell(view, unit);
    clearTimeout(view.timer);
    view.timer = setTimeout(() => setStateValue("chosen", unit), 120);
  };
  slider.onpointermove = (event) => {
    const unit = unitAt(event);
    point(view, "over", unit);
    tell(view, unit ?? view.unit);
  };
  slider.onpointerleave = () => {
    point(view, "over", null);
    tell(view, view.unit);
  };
  slider.onclick = (event) => {
    const unit = unitAt(event);
    if (unit !== null) choose(unit);
  };
  slider.onkeydown = (event) => {
    const count = view.order.length;
    const at = view.order.indexOf(view.unit);
    const next = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, Home: 0, End: count - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(view.order[Math.max(0, Math.min(count - 1, next))]);
  };
}
