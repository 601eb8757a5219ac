const KEYWORDS = new Set(
  ("False None True and as assert async await break class continue def del elif else except finally for from global if import in is " +
    "lambda nonlocal not or pass raise return try while with yield").split(" "),
);
// Strings first, because they may hold anything; a word is looked up in KEYWORDS.
const TOKEN =
  /(?<string>[rbfuRBFU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(?<comment>#[^\n]*)|(?<number>\b\d[\w.]*)|(?<word>[A-Za-z_]\w*)/g;
const INDENT = "    ";
const PAUSE_MS = 500; // how long the keyboard must rest until the text is kept
const editors = new WeakMap();

function paint(code, text) {
  const parts = [];
  let last = 0;
  let before = "";
  const add = (kind, value) => {
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = value;
    parts.push(span);
  };
  for (const match of text.matchAll(TOKEN)) {
    const { string, comment, number, word } = match.groups;
    const kind = string ? "s" : comment ? "c" : number ? "n" : KEYWORDS.has(word) ? "k" : before === "class" || before === "def" ? "d" : "";
    if (word) before = word;
    if (!kind) continue;
    parts.push(text.slice(last, match.index));
    add(kind, match[0]);
    last = match.index + match[0].length;
  }
  parts.push(text.slice(last), "\n"); // the last line must be as high as in the field
  code.replaceChildren(...parts);
}

function number(gutter, count, marks) {
  const lines = [];
  for (let line = 1; line <= count; line += 1) {
    const row = document.createElement("div");
    row.textContent = String(line);
    const mark = marks[line];
    if (mark) {
      row.className = mark.tone;
      row.title = mark.text;
    }
    lines.push(row);
  }
  gutter.replaceChildren(...lines);
}

/** Replaces a part of the field's text so that the browser's own undo still knows about it. */
function put(field, from, to, text) {
  field.focus();
  field.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) {
    field.setRangeText(text, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function shift(field, back) {
  const { value, selectionStart: start, selectionEnd: end } = field;
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const block = value.slice(from, end);
  const moved = back ? block.replace(/^ {1,4}/gm, "") : block.replace(/^/gm, INDENT);
  put(field, from, end, moved);
  field.setSelectionRange(start === end ? end + moved.length - block.length : from, end + moved.length - block.length);
}

function breakLine(field) {
  const { value, selectionStart: at, selectionEnd: end } = field;
  const line = value.slice(value.lastIndexOf("\n", at - 1) + 1, at);
  const deeper = /:\s*(#.*)?$/.test(line) ? INDENT : "";
  put(field, at, end, `\n${/^[ \t]*/.exec(line)[0]}${deeper}`);
}

function create(parentElement) {
  const field = parentElement.querySelector("textarea");
  const editor = {
    field,
    code: parentElement.querySelector(".paint"),
    gutter: parentElement.querySelector(".gutter"),
    run: parentElement.querySelector(".run"),
    marks: {},
    version: null,
    kept: "",
    free: true, // Tab leaves the field: after Escape, and where nothing was done in it yet
    send: () => {},
    ask: () => {},
  };
  editor.draw = () => {
    paint(editor.code, field.value);
    number(editor.gutter, field.value.split("\n").length, editor.marks);
    editor.run.disabled = !field.value.trim();
  };
  editor.keep = () => {
    clearTimeout(editor.timer);
    if (field.value === editor.kept) return;
    editor.kept = field.value;
    editor.send(field.value);
  };
  editor.start = () => {
    clearTimeout(editor.timer);
    editor.kept = field.value;
    editor.send(field.value); // also where nothing was written since: the server must not run what it was sent before
    editor.ask();
  };
  field.oninput = () => {
    editor.marks = {};
    editor.draw();
    clearTimeout(editor.timer);
    editor.timer = setTimeout(editor.keep, PAUSE_MS);
  };
  field.onblur = () => {
    editor.free = true;
    editor.keep();
  };
  field.onpointerdown = () => {
    editor.free = false; // not given back: false from a handler would keep the press from focusing the field
  };
  field.onkeydown = (event) => {
    if (event.isComposing) return;
    const wasFree = editor.free;
    editor.free = event.key === "Escape" || (wasFree && event.key === "Shift");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) editor.start();
    else if (event.key === "Enter" && !event.shiftKey && !event.altKey) breakLine(field);
    else if (event.key === "Tab" && !wasFree && !event.ctrlKey && !event.altKey) {
      if (event.shiftKey || field.value.slice(field.selectionStart, field.selectionEnd).includes("\n")) shift(field, event.shiftKey);
      else put(field, field.selectionStart, field.selectionEnd, INDENT);
    } else return;
    event.preventDefault();
  };
  editor.run.onclick = editor.start;
  return editor;
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let editor = editors.get(parentElement);
  if (!editor) editors.set(parentElement, (editor = create(parentElement)));
  editor.send = (text) => setStateValue("text", text);
  editor.ask = () => setTriggerValue("run", Date.now());
  const { field } = editor;
  field.setAttribute("aria-label", data.words.label);
  field.placeholder = data.words.placeholder;
  field.maxLength = data.most;
  editor.run.firstElementChild.textContent = data.words.run;
  parentElement.querySelector(".keys").textContent = data.words.keys;
  // Only a text that the server chose anew replaces what is being written here.
  if (editor.version !== data.version) {
    editor.version = data.version;
    if (field.value !== data.text) field.value = data.text;
    editor.kept = data.text;
  }
  editor.marks = field.value === data.text ? data.marks : {};
  editor.draw();
}
