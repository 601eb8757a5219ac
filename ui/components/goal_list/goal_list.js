// The lines are made anew whenever the data change; a reader who stands on a button with the keyboard stays on that line.
export default function ({ data: [data], parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".bl-goal-list");
  const now = JSON.stringify(data);
  place.use = (number) => setTriggerValue("use", number);
  place.more = () => setTriggerValue("more", true);
  if (place.shown === now) return;
  const stood = [...place.querySelectorAll("button")].indexOf(document.activeElement);
  place.shown = now;
  place.style.setProperty("--bl-columns", data.heads.length);
  place.style.setProperty("--bl-numbers", data.numbers);
  place.replaceChildren(head(data), ...data.rows.map((row, number) => line(data, row, number, place)));
  if (data.words.more) place.append(button(data.words.more, "bl-goal-more", () => place.more()));
  if (stood >= 0) keepFocus(place, stood);
}

function head(data) {
  const found = element("div", "bl-goal bl-goal-head");
  found.append(...data.heads.map((text, number) => wrapped(text, number < data.numbers ? "" : "bl-beside")));
  return found;
}

function line(data, row, number, place) {
  const found = element("div", "bl-goal-row");
  const cells = element("div", row.now ? "bl-goal bl-now" : "bl-goal");
  cells.append(...row.cells.map(([text, kind], column) => {
    const cell = element("span", kind, text);
    cell.dataset.label = data.heads[column];
    return cell;
  }));
  const use = button(row.now ? data.words.now : data.words.use, "bl-goal-use", () => place.use(number));
  use.disabled = row.now;
  use.title = row.words;
  found.append(cells, use);
  return found;
}

function keepFocus(place, stood) {
  const buttons = [...place.querySelectorAll("button")];
  const next = buttons.slice(stood).find((one) => !one.disabled) ?? buttons.findLast((one) => !one.disabled);
  next?.focus({ preventScroll: true });
}

function button(text, kind, act) {
  const found = element("button", kind, text);
  found.type = "button";
  found.onclick = act;
  return found;
}

// A name of several words may break where Python has its underscore.
function wrapped(text, kind) {
  const found = element("span", kind);
  text.split("_").forEach((part, number) => {
    if (number) found.append("_", document.createElement("wbr"));
    found.append(part);
  });
  return found;
}

function element(name, kind, text = "") {
  const found = document.createElement(name);
  found.className = kind;
  found.textContent = text;
  return found;
}
