// What Streamlit and the browser make of a number without a word: 2.5 would be 2, 1e1 would be 1, 3,3 would be 33, as a field for
// numbers drops the comma, and an emptied field its default. Here it stays as it was typed, and what is wanted is said.
const NUMBER = "[data-testid=stNumberInputField]";
const STEPS = "[data-testid=stNumberInputStepUp], [data-testid=stNumberInputStepDown], [data-testid=stNumberInputClearButton]";
const IN_A_NUMBER = /^[-+.\deE－＋．０-９\s]*$/;
const LONGEST = 20; // characters that a sentence repeats
const counted = new WeakMap(); // number fields: what was in them before they were changed
const typing = new WeakMap(); // number fields: what is typed into them, from a character on that no number has
const empty = new WeakSet(); // number fields that may stay empty
let wanted = {}; // sentences about numbers

function enter({ target: field }) {
  if (!field.matches?.(NUMBER)) return;
  typing.delete(field);
  if (field.getAttribute("aria-invalid") === "true") return;
  counted.set(field, field.value);
  if (!field.value && !field.validity.badInput) empty.add(field);
  else if (boxOf(field).querySelector(STEPS.split(", ")[2])) empty.add(field);
}

// A browser leaves out what no number has, and goes on with the digits behind it: they are kept apart, and said.
function takeIn(event) {
  const { target: field, data, dataTransfer, inputType } = event;
  if (!field.matches?.(NUMBER)) return;
  if (!inputType.startsWith("insert")) return void typing.delete(field);
  const text = data ?? dataTransfer?.getData("text/plain") ?? "";
  const isReplaced = text.trim().length > 1 || String(getSelection()) === field.value;
  const before = typing.get(field) ?? (isReplaced ? "" : field.value);
  if (!typing.has(field) && IN_A_NUMBER.test(text)) return;
  event.preventDefault();
  typing.set(field, before + text);
  mark(field, before + text);
}

function heed({ target: field, isTrusted }) {
  if (!field.matches?.(NUMBER) || (typing.has(field) && isTrusted)) return;
  typing.delete(field);
  unmark(field);
}

function press(event) {
  const { target: field, key } = event;
  if (!field.matches?.(NUMBER)) return;
  if (key === "Enter") return leave(event);
  if (key.length > 1 || event.ctrlKey || event.metaKey) typing.delete(field);
  if (key === "ArrowUp" || key === "ArrowDown") unmark(field);
}

function point({ target }) {
  if (target.matches?.(NUMBER)) typing.delete(target);
  const field = target.closest?.(STEPS) && boxOf(target)?.querySelector(NUMBER);
  if (field) unmark(field);
}

// Streamlit takes what is there when the field is left, or at Enter: not what is no number for this field.
function leave(event) {
  const field = event.target;
  if (!field.matches?.(NUMBER)) return;
  if (!isMarked(field)) judge(field);
  if (isMarked(field)) event.stopPropagation();
}

function judge(field) {
  const { value, validity, step } = field;
  if (validity.badInput || (!value && !empty.has(field))) return mark(field, "");
  if (!value || !Number.isInteger(Number(step))) return;
  const number = Number(value);
  if (!Number.isInteger(number)) mark(field, value);
  else if (value !== String(BigInt(number))) fill(field, String(BigInt(number)));
}

function fill(field, value) {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, value);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

const boxOf = (element) => element.closest("[data-testid=stNumberInputContainer]");
const saidIn = (field) => boxOf(field)?.querySelector(":scope > .bl-no-number");
const isMarked = (field) => Boolean(saidIn(field));

function mark(field, text) {
  const said = saidIn(field) ?? boxOf(field).appendChild(Object.assign(document.createElement("span"), { className: "bl-no-number", role: "alert" }));
  said.id = `${field.id}-no-number`;
  said.textContent = sentenceOf(field, text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", said.id);
}

function unmark(field) {
  if (!isMarked(field)) return;
  saidIn(field).remove();
  field.removeAttribute("aria-invalid");
  field.removeAttribute("aria-describedby");
}

function sentenceOf({ min, max, step }, text) {
  const isBounded = min && max && Math.abs(Number(min)) < Number.MAX_SAFE_INTEGER;
  const template = !text || !Number.isInteger(Number(step)) ? wanted.range : isBounded ? wanted.whole : wanted.free;
  const [least, largest] = [min, max].map((bound) => Number(bound).toLocaleString("en"));
  const values = { "{least}": least, "{largest}": largest, "{written}": text };
  return template.replace(/{least}|{largest}|{written}/g, (name) => values[name]);
}

// Streamlit says it in English, aloud and on hovering alone.
function explain(field) {
  const said = document.getElementById(field.getAttribute("aria-describedby"))?.firstChild;
  if (said && field.min && field.max && !isMarked(field)) said.nodeValue = sentenceOf(field, "");
}

// "Start over" sends what the server has already: a field with a number that it never took would keep it.
function putBack() {
  for (const field of document.querySelectorAll("[data-testid=stMain] input[aria-invalid=true]")) {
    fill(field, counted.get(field) ?? "");
    field.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
  }
}
