// Elements, numbers and words. Only functions at the top level: exports.js puts all of them into a report that opens from disk.

// An element; strings among the children become text, never markup.
function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name === "role" || name === "for" || name === "scope") element.setAttribute(name, value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function press(text, label, act, className = "") {
  return h("button", { type: "button", className, title: label, "aria-label": label, onclick: act }, text);
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function grouped(number) {
  return number === null || number === undefined ? "?" : Number(number).toLocaleString("en-US");
}

// Nothing for zero, a question mark for what is unknown.
function counted(number) {
  return number === 0 ? "" : grouped(number);
}

function bytes(count) {
  let amount = count;
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (amount < 1000) return `${Number(amount.toPrecision(4))} ${unit}`;
    amount /= 1000;
  }
  return `${Number(amount.toPrecision(4))} TB`;
}

// What keeps a sentence apart from the next: a full-width mark does so by itself.
function apart(sentence) {
  return /[。：！？；]$/.test(sentence) ? "" : " ";
}

// A sentence whose shapes stay in one line each; the same rule as ui/wrapping.py.
function unbroken(text) {
  const together = /\([A-Z\d, ]+\)|\d[\d,]*(?: × \d[\d,]*)+|(?<![×\d])\d+ → \d+(?! ?×|\d)|→ (?=[\d(])/g;
  return text.replace(together, (found) => found.replaceAll(" ", "\u00a0"));
}

// A comment whose shapes stay in one line each, and can still be copied as they are.
function whole(text) {
  const shape = /((?:# )?\([A-Z\d]+(?:, ?[A-Z\d]+)*,?\))/;
  return text.split(shape).map((part, at) => (at % 2 ? h("span", { className: "whole" }, part) : part));
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// Arrow keys walk through a row of items of which one can be tabbed to.
function rove(items, active) {
  items.forEach((item) => (item.tabIndex = item === active ? 0 : -1));
}

function intoView(item, pane) {
  if (!item) return;
  const [inner, outer] = [item.getBoundingClientRect(), pane.getBoundingClientRect()];
  if (inner.top < outer.top) pane.scrollTop -= outer.top - inner.top + 12;
  else if (inner.bottom > outer.bottom) pane.scrollTop += inner.bottom - outer.bottom + 12;
}
