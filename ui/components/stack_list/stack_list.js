// One list per mounted component; the function below runs again whenever the data change.
const lists = new WeakMap();
const SVG = "http://www.w3.org/2000/svg";

export default function ({ data, parentElement, setTriggerValue }) {
  let list = lists.get(parentElement);
  if (!list) lists.set(parentElement, (list = createList(parentElement)));
  list.act = (act) => setTriggerValue("act", act);
  list.show(data);
}

function createList(parent) {
  const head = parent.querySelector("thead");
  const body = parent.querySelector("tbody");
  const keys = parent.querySelector(".keys");
  const list = { act: () => {}, data: null, dragged: null, wanted: null };

  list.show = (data) => {
    const same = JSON.stringify(data) === JSON.stringify(list.data);
    if (same) return; // a row that is being dragged must not be replaced
    const focused = parent.querySelector("tbody button.row:focus, tbody .tools button:focus") !== null || rootFocus();
    list.data = data;
    head.replaceChildren(headRow(data.heads));
    body.replaceChildren(...data.rows.flatMap(bodyRows));
    keys.textContent = data.words.keys;
    if (focused && (list.wanted !== null || data.selected >= 0)) focusRow(data.selected, list.wanted);
    list.wanted = null;
  };

  function rootFocus() {
    const root = parent.getRootNode();
    return root.activeElement !== null && body.contains(root.activeElement);
  }

  function focusRow(index, tool) {
    const row = body.querySelector(`tr[data-index="${index}"]`);
    const again = tool && row?.querySelector(`[data-tool="${tool}"]:not(:disabled)`);
    (again || row?.querySelector("button.row"))?.focus({ preventScroll: true });
  }

  function headRow(heads) {
    const row = document.createElement("tr");
    row.append(...heads.map((text, number) => cell("th", text, number === 1 ? "" : "num", { scope: "col" })));
    return row;
  }

  // Line 0 is the input: it is not a row of the stack.
  function bodyRows(line, number) {
    const index = number - 1;
    const row = document.createElement("tr");
    row.dataset.index = index;
    const name = cell("td", "", "code");
    if (index < 0) {
      row.className = "input";
      name.append(span(line.code, "text"));
    } else {
      row.className = (index === list.data.selected ? "selected " : "") + (line.problem ? "bad" : "");
      const inner = cell("div", "", "line");
      inner.append(rowButton(line, index));
      if (index === list.data.selected) inner.append(tools(index));
      name.append(inner);
      makeDraggable(row, index);
    }
    row.append(cell("td", index < 0 ? "" : String(number), "number"), name);
    row.append(...line.cells.map((text, at) => cell("td", text, "num", { "data-label": list.data.heads[at + 2] })));
    if (!line.problem) return [row];
    const problem = document.createElement("tr");
    problem.className = "problem";
    const told = cell("td", line.problem, "", { colspan: String(list.data.heads.length) });
    told.setAttribute("role", "alert");
    problem.append(told);
    return [row, problem];
  }

  function rowButton(line, index) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "row";
    button.setAttribute("aria-pressed", String(index === list.data.selected));
    button.append(span(line.code, "text"));
    if (line.remark) button.append(span(line.remark, "remark"));
    button.onclick = () => report("select", index);
    button.onkeydown = (event) => onKey(event, index);
    return button;
  }

  function tools(index) {
    const { words, rows } = list.data;
    const bar = document.createElement("span");
    bar.className = "tools";
    bar.append(
      tool("M8 13V3M3.5 7.5 8 3l4.5 4.5", "up", words.up, index === 0, () => report("move", index, index - 1, "up")),
      tool("M8 3v10M3.5 8.5 8 13l4.5-4.5", "down", words.down, index === rows.length - 2, () => report("move", index, index + 1, "down")),
      tool("M6 6h7v7H6zM3 10V3h7", "double", words.double, false, () => report("double", index, 0, "double")),
      tool("M4 4l8 8M12 4l-8 8", "remove", words.remove, false, () => report("remove", index)),
    );
    return bar;
  }

  function tool(path, name, label, disabled, act) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", title: label, disabled, onclick: act });
    button.append(icon(path));
    button.dataset.tool = name;
    button.setAttribute("aria-label", label);
    return button;
  }

  function onKey(event, index) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const last = list.data.rows.length - 2;
    let used = true;
    if (step && event.altKey) {
      if (index + step >= 0 && index + step <= last) report("move", index, index + step);
    } else if (step) {
      const next = Math.min(Math.max(index + step, 0), last);
      focusRow(next);
    } else if (event.key === "Delete" || event.key === "Backspace") report("remove", index);
    else if (event.key === "d" && (event.ctrlKey || event.metaKey)) report("double", index);
    else used = false;
    if (used) event.preventDefault();
  }

  function report(act, index, to = 0, wanted = null) {
    list.wanted = wanted;
    list.act({ do: act, index, to });
  }

  function makeDraggable(row, index) {
    row.draggable = true;
    row.ondragstart = (event) => {
      list.dragged = index;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", list.data.rows[index + 1].code);
    };
    row.ondragover = (event) => {
      if (list.dragged === null) return;
      event.preventDefault();
      row.classList.toggle("before", index < list.dragged);
      row.classList.toggle("after", index > list.dragged);
    };
    row.ondragleave = () => row.classList.remove("before", "after");
    row.ondragend = () => (list.dragged = null);
    row.ondrop = (event) => {
      event.preventDefault();
      const from = list.dragged;
      list.dragged = null;
      row.classList.remove("before", "after");
      if (from !== null && from !== index) report("move", from, index);
    };
  }

  return list;
}

function cell(tag, text, className, attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function span(text, className) {
  return cell("span", text, className);
}

function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  for (const [name, value] of Object.entries({ width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" }))
    svg.setAttribute(name, value);
  for (const [name, value] of Object.entries({ d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.6 }))
    line.setAttribute(name, value);
  svg.append(line);
  return svg;
}
