// A matrix: rows with names or without, a cell to click; hovering reads it.
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".heat");
  const { grid, words } = data;
  const canvas = root.querySelector("canvas");
  paintGrid(canvas, grid, "rose", data.low, data.high);
  const frame = root.querySelector(".frame");
  frame.classList.toggle("named", data.names.length > 0);
  frame.classList.toggle("square", data.square);
  root.querySelector(".names").replaceChildren(...data.names.map((name, row) => make("li", row === data.row ? { class: "on" } : {}, name)));
  root.querySelector(".axis").textContent = data.axis;
  root.querySelector(".scale").replaceChildren(legend("rose", data.low, data.high));
  const told = root.querySelector(".told");
  told.textContent = data.hint;
  const marks = root.querySelector(".marks");
  const strip = (name, share, size) => {
    const mark = make("i", { class: name });
    mark.style[name === "at-column" ? "left" : "top"] = `${share * 100}%`;
    mark.style[name === "at-column" ? "width" : "height"] = `${size * 100}%`;
    return mark;
  };
  const chosen = [];
  if (data.row !== null && data.row < grid.rows) chosen.push(strip("at-row", data.row / grid.rows, 1 / grid.rows));
  if (data.column !== null && data.column < grid.columns) chosen.push(strip("at-column", data.column / grid.columns, 1 / grid.columns));
  marks.replaceChildren(...chosen);
  const stage = root.querySelector(".cells");
  stage.setAttribute("aria-label", data.label);
  const at = (event) => {
    const box = stage.getBoundingClientRect();
    const place = (offset, size, count) => Math.max(0, Math.min(count - 1, Math.floor((offset / size) * count)));
    return [(count) => place(event.clientY - box.top, box.height, count), (count) => place(event.clientX - box.left, box.width, count)];
  };
  stage.onpointermove = (event) => {
    const [down, across] = at(event);
    const row = down(grid.rows);
    const name = data.names[row] ?? `${words.row} ${row}`;
    told.textContent = `${name}, ${words.column} ${across(grid.columns)}:  ${say(numberAt(grid, down(grid.height), across(grid.width)))}`;
  };
  stage.onpointerleave = () => (told.textContent = data.hint);
  stage.onclick = (event) => {
    const [down, across] = at(event);
    setStateValue("cell", [down(grid.rows), across(grid.columns)]);
  };
}
