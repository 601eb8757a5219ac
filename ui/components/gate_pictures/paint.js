// Grids of numbers as pictures: decoding, colours, one canvas. Shared by the scripts beside it.
const STOPS = {
  rose: ["#fdf1f5", "#efa9c3", "#c2386b", "#5e1230"],
  sea: ["#440d54", "#3b528b", "#21908c", "#5dc863", "#fde725"],
  fire: ["#050410", "#4a1168", "#b63679", "#f8765c", "#fcfdbf"],
  grey: ["#111111", "#f4f4f4"],
  signed: ["#2166ac", "#8fb8dc", "#f6f6f4", "#e79bb0", "#a8204f"],
};
const tables = new Map();

function table(tint) {
  if (tables.has(tint)) return tables.get(tint);
  const stops = (STOPS[tint] ?? STOPS.rose).map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const made = new Uint8ClampedArray(256 * 3);
  for (let level = 0; level < 256; level++) {
    const place = (level / 255) * (stops.length - 1);
    const left = Math.min(Math.floor(place), stops.length - 2);
    for (let c = 0; c < 3; c++) made[3 * level + c] = stops[left][c] + (stops[left + 1][c] - stops[left][c]) * (place - left);
  }
  tables.set(tint, made);
  return made;
}

const decoded = new Map();

function numbersOf(grid) {
  let found = decoded.get(grid.data);
  if (!found) {
    const bytes = Uint8Array.from(atob(grid.data), (letter) => letter.charCodeAt(0));
    found = new Uint16Array(bytes.buffer);
    if (decoded.size > 200) decoded.clear();
    decoded.set(grid.data, found);
  }
  return found;
}

function numberAt(grid, row, column) {
  const level = numbersOf(grid)[row * grid.width + column];
  return grid.least + (level / 65535) * (grid.largest - grid.least);
}

// Draws a grid cell by cell; the style sheet decides how it is stretched. "light" darkens what has little.
function paintGrid(canvas, grid, tint, low, high) {
  canvas.width = grid.width;
  canvas.height = grid.height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(grid.width, grid.height);
  const levels = numbersOf(grid);
  const colours = table(tint);
  const span = high > low ? high - low : 1;
  for (let i = 0; i < levels.length; i++) {
    const number = grid.least + (levels[i] / 65535) * (grid.largest - grid.least);
    const share = Math.max(0, Math.min(1, (number - low) / span));
    if (tint === "light") {
      image.data[4 * i + 3] = 255 * (1 - share);
    } else {
      const level = Math.round(share * 255);
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = colours[3 * level + c];
      image.data[4 * i + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

function say(number) {
  const size = Math.abs(number);
  const text = size !== 0 && (size < 0.001 || size >= 10000) ? number.toExponential(2) : number.toFixed(size >= 100 ? 1 : 3);
  return text.replace("-", "−");
}

function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...inside);
  return element;
}

// The colours from low to high as a bar with its two numbers.
function legend(tint, low, high) {
  const bar = make("canvas", { class: "ramp", "aria-hidden": "true" });
  const ramp = { width: 64, height: 1, least: 0, largest: 1, data: rampData() };
  paintGrid(bar, ramp, tint === "light" ? "grey" : tint, 0, 1);
  return make("span", { class: "legend" }, make("span", {}, say(low)), bar, make("span", {}, say(high)));
}

let rampText = "";
function rampData() {
  if (!rampText) {
    const bytes = new Uint8Array(new Uint16Array(64).map((_, i) => Math.round((i / 63) * 65535)).buffer);
    rampText = btoa(String.fromCharCode(...bytes));
  }
  return rampText;
}
