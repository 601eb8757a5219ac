// Where the keyboard goes on when what had it is gone after a run.
const FIELDS = "a[href], button, input, select, textarea, summary, [tabindex='0']";
const LINE = 8; // px by which fields of one line may stand higher or lower
let held = null; // what has the keyboard, the keys of the containers around it, where it is, and on which page

// From one field of a component to the next none is heard to get the keyboard; but its keys are.
function hold(event) {
  const [target] = event.composedPath();
  const keys = [];
  for (let at = event.target; at; at = at.parentElement) {
    const key = [...at.classList].find((name) => name.startsWith("st-key-"));
    if (key) keys.push(key);
  }
  // What a pointer pressed has nothing to lose.
  held = target.matches(":focus-visible") ? { target, keys, box: target.getBoundingClientRect(), page: location.pathname } : null;
}

// What a key pressed is gone after the run, or dead, or folded away: the keyboard goes on beside it, and not from the top.
const isGone = () => !held.target.isConnected || held.target.disabled || !held.target.checkVisibility();
const isLost = () => held && document.activeElement === document.body && isGone();

function catchUp() {
  if (!isLost()) return;
  for (const key of [...held.keys, ""]) {
    const around = document.querySelector(key ? `.${CSS.escape(key)}` : "[data-testid=stMain]");
    const fields = fieldsOf(around).filter((field) => field.tabIndex >= 0 && !field.disabled && field.checkVisibility());
    const next = held.page === location.pathname ? nearest(fields) : fields[0];
    if (!next) continue;
    next.focus({ preventScroll: true });
    return next.scrollIntoView({ block: "nearest" });
  }
}

function fieldsOf(place) {
  return [...(place?.querySelectorAll("*") ?? [])].flatMap((element) => [
    ...(element.matches(FIELDS) ? [element] : []),
    ...(element.shadowRoot ? fieldsOf(element.shadowRoot) : []),
  ]);
}

// To where the keyboard was: the nearest of the same line, else the first of the nearest line.
function nearest(fields) {
  const gaps = fields.map((field) => {
    const [box, from] = [field.getBoundingClientRect(), held.box];
    const gap = (start, end) => Math.max(0, from[start] - box[end], box[start] - from[end]);
    return { field, aside: gap("left", "right"), apart: gap("top", "bottom") };
  });
  const least = Math.min(...gaps.map(({ apart }) => apart));
  const line = gaps.filter(({ apart }) => apart <= least + LINE);
  return (least > 0 ? line : line.toSorted((one, other) => one.aside - other.aside))[0]?.field;
}
