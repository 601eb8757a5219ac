// What Streamlit leaves out around the page: its language, what is wrong with a number, the sidebar on a phone.
const given = new WeakMap(); // elements: the name that Streamlit gave, and ours
const SETTLE_MS = 100; // from what is drawn until it is looked through, with all else that was drawn meanwhile
const FOLDED_MS = [100, 300, 700]; // from a focus that is lost until what had it may be folded away
let names = {};
let stop = null;

// Who asked for less motion gets none of Streamlit's either: its boxes unfold by a script, where no style reaches.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const { animate } = Element.prototype;
if (!animate.isCalm) {
  Element.prototype.animate = function (frames, how) {
    const timing = typeof how === "object" ? { ...how, duration: 1 } : 1; // ms: it still ends, which is waited for
    return animate.call(this, frames, calm.matches ? timing : how);
  };
  Element.prototype.animate.isCalm = true;
}

export default function ({ data: [data] }) {
  document.documentElement.lang = data.lang;
  [names, wanted] = [data.names, data.numbers];
  rename(document);
  tell();
  stop?.();
  stop = listen();
}

function listen() {
  const app = document.querySelector("[data-testid=stApp]");
  const isStill = () => app.dataset.testScriptState === "notRunning";
  const settle = () => {
    rename(document);
    tell();
    if (isStill()) catchUp();
  };
  let due = null;
  const settleSoon = () => {
    due ??= setTimeout(() => {
      due = null;
      settle();
    }, SETTLE_MS);
  };
  const watchRuns = new MutationObserver(() => isStill() && setTimeout(settle));
  // A busy browser draws the last elements of a run, and takes away what it left out, some time after it; or draws the start and
  // the end of a run as one; and what goes dead keeps the keyboard until the next picture.
  const watchDrawn = new MutationObserver(settleSoon);
  const watchFields = new MutationObserver((changes) => changes.forEach(({ target }) => explain(target)));
  watchRuns.observe(app, { attributeFilter: ["data-test-script-state"] });
  watchDrawn.observe(app, { subtree: true, childList: true, attributeFilter: ["disabled"] });
  watchFields.observe(app, { subtree: true, attributeFilter: ["aria-invalid"] });
  const heard = [
    ["focusin", take], ["keydown", hold], ["click", follow],
    ["focusin", enter], ["beforeinput", takeIn], ["input", heed], ["keydown", press], ["pointerdown", point], ["focusout", leave],
    ["focusout", () => FOLDED_MS.forEach((moment) => setTimeout(settle, moment))],
  ];
  for (const [kind, hear] of heard) document.addEventListener(kind, hear, true);
  for (const kind of OPENERS) document.addEventListener(kind, tellSoon);
  meet(document.activeElement ?? document.body);
  return () => {
    [watchRuns, watchDrawn, watchFields].forEach((observer) => observer.disconnect());
    for (const [kind, hear] of heard) document.removeEventListener(kind, hear, true);
    for (const kind of OPENERS) document.removeEventListener(kind, tellSoon);
  };
}

// A hand may be in a field before this script is there to hear of it.
function meet(target) {
  if (!counted.has(target)) enter({ target });
  let inmost = target;
  while (inmost.shadowRoot?.activeElement) inmost = inmost.shadowRoot.activeElement;
  if (target !== document.body) hold({ target, composedPath: () => [inmost] });
}

// Code that is wider than its place can be moved sideways with the keyboard, and a box that was opened says what it is. What is
// folded away has no width, and a box is not there, before somebody opens it.
const OPENERS = ["click", "focusin"];
const tellSoon = () => [300, 1200].forEach((moment) => setTimeout(tell, moment));

function tell() {
  const isWide = (code) => code.scrollWidth > code.clientWidth;
  [...document.querySelectorAll("[data-testid=stCode] pre")].filter(isWide).forEach((code) => (code.tabIndex = 0));
  const name = document.querySelector("[data-testid=stPopoverButton][aria-expanded=true] [data-testid=stMarkdownContainer]")?.textContent;
  const boxes = name ? document.querySelectorAll("[data-testid=stPopoverBody]:not([role])") : [];
  boxes.forEach((box) => Object.assign(box, { role: "dialog", ariaLabel: name }));
  document.querySelectorAll("[data-testid=stFileUploaderDropzone][role=presentation]").forEach((zone) => {
    zone.role = "group";
    const texts = document.createTreeWalker(zone, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = textOf(texts.currentNode.data);
  });
}

// What stands in a place for files.
function textOf(text) {
  const size = /^(\d+)([KMG]B) per file/.exec(text);
  const most = size && names["{} per file"]?.replace("{}", `${size[1]} ${size[2]}`);
  return names[text] ?? (most ? most + text.slice(size[0].length) : text);
}

// What came after the run, in a box for one, gets its name before it is read aloud.
function take(event) {
  rename(event.target.parentElement ?? document);
  hold(event);
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

// What a key opened stands elsewhere in the document: the keyboard goes there. From a box, Escape brings it back by itself.
const LEADS = {
  stPopoverButton: "[data-testid=stPopoverBody]",
  stExpandSidebarButton: "[data-testid=stSidebar] [data-testid=stSidebarUserContent]",
  stSidebarCollapseButton: "[data-testid=stHeader]",
};

function follow({ detail, target, isTrusted }) {
  if (target.closest?.(".st-key-nav a")) setTimeout(uncover);
  if (target.closest?.("[class*=start-over] button")) putBack();
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
