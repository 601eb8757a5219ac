// The browser's history, which Streamlit writes; mended in three places, once per loaded page.
const THEME = "embed_options"; // Streamlit's own parameter: light_theme or dark_theme, read when a page is loaded
const themeOfLink = new URLSearchParams(location.search).getAll(THEME).find((option) => /^(light|dark)_theme$/.test(option)) || "";
const [HELD_MS, SEEN_MS] = [300, 30]; // an address waits for the answer, and until that is drawn, at most so long

function mendHistory() {
  const [push, replace] = [history.pushState.bind(history), history.replaceState.bind(history)];
  let acted = false;
  let [isNumber, isHeldDown] = [false, false]; // the last action was in a field of numbers; and is a key that is held down
  let held = null; // what is still to be written: the address, how, and the timer

  // A theme that came with the link stays in the address, which Streamlit writes anew without it.
  const themed = (url) => {
    const next = new URL(url ?? location.href, location.href);
    if (themeOfLink && !next.searchParams.has(THEME)) next.searchParams.append(THEME, themeOfLink);
    return next;
  };

  // The address of a changed number is written when the answer is there: to write one keeps the browser busy for as long as the
  // server takes to answer, and not every browser writes as many as a key that is held down makes.
  const release = () => {
    const { write, next, timer } = held ?? {};
    held = null;
    clearTimeout(timer);
    write?.({}, "", next);
  };
  const hold = (write, next) => {
    clearTimeout(held?.timer);
    held = { write: held?.write ?? write, next, timer: setTimeout(release, HELD_MS) };
  };
  // Until then it is what Streamlit finds when it reads the address back, which it does at once.
  const { URL: Address } = window;
  window.URL = class URL extends Address {
    constructor(url, base) {
      super(held && url === location.href ? held.next : url, base);
    }
  };

  // One action of the reader is one step of Back. Of a change of pages Streamlit would make several: the page that is left is first
  // written without its numbers, and the page that is entered is written once for each of its own. Of a number it would make none.
  const act = ({ repeat, target }) => {
    isHeldDown = Boolean(repeat);
    if (repeat) return;
    release();
    acted = true;
    isNumber = Boolean(target.closest?.("[data-testid=stNumberInput]"));
  };
  for (const kind of ["pointerdown", "click", "keydown"]) addEventListener(kind, act, { capture: true });
  history.pushState = (state, title, url) => {
    release();
    (acted ? push : replace)(state, title, themed(url));
    acted = false;
  };
  history.replaceState = (state, title, url) => {
    const next = themed(url);
    const isNew = acted && next.href !== location.href;
    if (isNew) acted = false;
    const write = isNew ? push : replace;
    if (isNumber) return hold(write, next);
    release();
    write(state, title, next);
  };
  addEventListener("popstate", () => {
    clearTimeout(held?.timer);
    [held, acted] = [null, false];
  });
  const app = document.querySelector("[data-testid=stApp]");
  const answered = () => app.dataset.testScriptState === "notRunning" && !isHeldDown && setTimeout(release, SEEN_MS);
  new MutationObserver(answered).observe(app, { attributeFilter: ["data-test-script-state"] });
  // On the way to the browser's own buttons.
  for (const kind of ["blur", "pagehide"]) addEventListener(kind, release);
  document.documentElement.addEventListener("mouseleave", release);
}

if (!window.blocklensHistory) {
  window.blocklensHistory = true;
  mendHistory();
}
