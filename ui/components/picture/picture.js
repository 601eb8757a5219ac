const shown = new WeakMap();

function replace(target, source) {
  if (shown.get(target) === source) return;
  shown.set(target, source);
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
  parsed.querySelectorAll("script, foreignObject").forEach((element) => element.remove());
  target.replaceChildren(document.importNode(parsed.documentElement, true));
}

export default function ({ data, parentElement }) {
  replace(parentElement.querySelector(".wide"), data.wide);
  replace(parentElement.querySelector(".narrow"), data.narrow);
}
