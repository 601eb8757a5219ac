const turns = new WeakMap();
const PATIENCE = 40; // frames: what gets the keyboard may be drawn a moment later than this

function focus(selector, patience) {
  const element = document.querySelector(selector);
  if (element && !element.disabled) element.focus({ preventScroll: false });
  else if (patience > 0) requestAnimationFrame(() => focus(selector, patience - 1));
}

export default function ({ data, parentElement }) {
  const before = turns.get(parentElement);
  turns.set(parentElement, data.turn);
  const region = parentElement.querySelector("[role=status]");
  if (before === undefined) return;
  if (before === data.turn) {
    if (region.textContent) region.textContent = data.text; // another language
    return;
  }
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = data.text;
  });
  if (data.focus) focus(data.focus, PATIENCE);
}
