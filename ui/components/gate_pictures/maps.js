// Feature maps in rows: before, gate, after, with the sign between them.
function figure(map, small) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  if (map.grid) paintGrid(canvas, map.grid, map.signed ? "signed" : map.tint, map.low, map.high);
  const picture = map.grid ? canvas : make("b", { class: "number" }, map.number);
  const frame = make("div", { class: map.grid ? "tile" : "tile plain" }, picture);
  if (map.grid) frame.style.aspectRatio = `${map.grid.width} / ${map.grid.height}`;
  const told = make("span", { class: "range" }, map.grid ? `${say(map.grid.least)} … ${say(map.grid.largest)}` : "");
  frame.onpointermove = (event) => {
    if (!map.grid) return;
    const box = frame.getBoundingClientRect();
    const place = (offset, size, count) => Math.max(0, Math.min(count - 1, Math.floor((offset / size) * count)));
    const [row, column] = [place(event.clientY - box.top, box.height, map.grid.height), place(event.clientX - box.left, box.width, map.grid.width)];
    told.textContent = `[${row}, ${column}] ${say(numberAt(map.grid, row, column))}`;
  };
  frame.onpointerleave = () => (told.textContent = map.grid ? `${say(map.grid.least)} … ${say(map.grid.largest)}` : "");
  return make("figure", { role: "img", "aria-label": map.label }, frame, make("figcaption", {}, make("span", {}, map.title), ...(small ? [] : [told])));
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".maps");
  root.replaceChildren(
    ...data.rows.map((row) => {
      const inside = row.maps.flatMap((map, place) => (place && row.signs[place - 1] ? [make("span", { class: "sign", "aria-hidden": "true" }, row.signs[place - 1]), figure(map, false)] : [figure(map, row.small)]));
      return make("section", {}, make("h3", {}, row.title), make("div", { class: `row ${row.signs.length ? "signed" : row.small ? "thumbs" : ""}` }, ...inside));
    }),
  );
}
