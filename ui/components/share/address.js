// The browser's history, which Streamlit writes; mended in two places, once per loaded page.
const THEME = "embed_options"; // Streamlit's own parameter: light_theme or dark_theme, read when a page is loaded
const themeOfLink = new URLSearchParams(location.search).getAll(THEME).find((option) => /^(light|dark)_theme$/.test(option)) || "";

function mendHistory() {
  const [push, replace] = [history.pushState.bind(history), history.replaceState.bind(history)];
  let acted = false;

  // A theme that came with the link stays in the address, which Streamlit writes anew without it.
  const themed = (url) => {
    const next = new URL(url ?? location.href, location.href);
    if (themeOfLink && !next.searchParams.has(THEME)) next.searchParams.append(THEME, themeOfLink);
    return next;
  };

  // One action of the reader is one step of Back. Of a change of pages Streamlit would make several: the page that is left is first
  // written without its numbers, and the page that is entered is written once for each of its own. Of a number it would make none.
  for (const kind of ["pointerdown", "click", "keydown"]) addEventListener(kind, (event) => (acted ||= !event.repeat), { capture: true });
  history.pushState = (state, title, url) => {
    (acted ? push : replace)(state, title, themed(url));
    acted = false;
  };
  history.replaceState = (state, title, url) => {
    const next = themed(url);
    const isNew = acted && next.href !== location.href;
    (isNew ? push : replace)(state, title, next);
    if (isNew) acted = false;
  };
  addEventListener("popstate", () => (acted = false));
}

if (!window.blocklensHistory) {
  window.blocklensHistory = true;
  mendHistory();
}
