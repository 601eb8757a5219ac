// What Streamlit leaves out around the page: its language, the sidebar on a phone, and where the keyboard is when what had it is gone.
const FIELDS = "a[href], button, input, select, textarea, summary, [tabindex='0']";
const LINE = 8; // px by which fields of one line may stand higher or lower
const given = new WeakMap(); // elements: the name that Streamlit gave, and ours
let names = {};
let held = null; // what has the keyboard, the keys of the containers around it, where it is, and on which page
let stop = null;

export default function ({ data: [data] }) {
  document.documentElement.lang = data.lang;
  names = data.names;
  rename(document);
  stop?.();
  stop = listen();
}

function listen() {
  const app = document.querySelector("[data-testid=stApp]");
  const watcher = new MutationObserver(() => {
    if (app.dataset.testScriptState !== "notRunning") return;
    for (const moment of [0, 100, 300, 700, 1500]) setTimeout(settle, moment); // the last elements of a run are drawn some time after it
  });
  watcher.observe(app, { attributeFilter: ["data-test-script-state"] });
  const heard = { focusin: hold, keydown: hold, click: follow };
  for (const kind in heard) document.addEventListener(kind, heard[kind], true);
  return () => {
    watcher.disconnect();
    for (const kind in heard) document.removeEventListener(kind, heard[kind], true);
  };
}

function settle() {
  rename(document);
  catchUp();
}

function rename(place) {
  place.querySelectorAll("[aria-label], [data-testid=stSkipToContent]").forEach((element) => {
    const isText = !element.hasAttribute("aria-label");
    const now = isText ? element.textContent : element.getAttribute("aria-label");
    const [own, ours] = given.get(element) ?? [now, now];
    const original = now === ours ? own : now;
    const wanted = nameOf(original);
    if (wanted === now) return;
    given.set(element, [original, wanted]);
    if (isText) element.textContent = wanted;
    else element.setAttribute("aria-label", wanted);
  });
}

function nameOf(name) {
  if (name.startsWith("Help for ") && names["Help for {}"]) return names["Help for {}"].replace("{}", name.slice("Help for ".length));
  return names[name] ?? name;
}

// From one field of a component to the next none is heard to get the keyboard; but its keys are.
function hold(event) {
  const [target] = event.composedPath();
  if (event.type === "focusin") rename(target.parentElement ?? document); // what came after the run, in a box for one, before it is read aloud
  const keys = [];
  for (let at = event.target; at; at = at.parentElement) {
    const key = [...at.classList].find((name) => name.startsWith("st-key-"));
    if (key) keys.push(key);
  }
  // What a pointer pressed has nothing to lose.
  held = target.matches(":focus-visible") ? { target, keys, box: target.getBoundingClientRect(), page: location.pathname } : null;
}

// A button that a key pressed and that is gone after the run, or dead: the keyboard goes on beside it, and not from the top.
function catchUp() {
  if (!held || document.activeElement !== document.body || (held.target.isConnected && !held.target.disabled)) return;
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

// What a key opened stands elsewhere in the document: the keyboard goes there. From a box, Escape brings it back by itself.
const LEADS = {
  stPopoverButton: "[data-testid=stPopoverBody]",
  stExpandSidebarButton: "[data-testid=stSidebar] [data-testid=stSidebarUserContent]",
  stSidebarCollapseButton: "[data-testid=stHeader]",
};

function follow({ detail, target, isTrusted }) {
  if (target.closest?.("[class*=st-key-nav-] a")) setTimeout(uncover);
  const opener = detail === 0 && isTrusted && target.closest?.(Object.keys(LEADS).map((name) => `[data-testid=${name}]`).join());
  if (opener) reach(LEADS[opener.dataset.testid], 60);
}

// On a phone the sidebar lies over the page that was chosen in it.
function uncover() {
  if (matchMedia("(max-width: 767px)").matches) document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
}

function reach(place, patience) {
  const fields = [...document.querySelectorAll(`${place} :is(${FIELDS})`)];
  const first = fields.find((field) => field.tabIndex >= 0 && field.checkVisibility({ visibilityProperty: true }));
  if (first) first.focus();
  else if (patience > 0) requestAnimationFrame(() => reach(place, patience - 1));
}
