// One box for all terms. Hover, focus or a tap shows it; Escape, leaving the term or scrolling hides it.
let meanings = {};
const watched = new WeakMap();

export default function ({ data: [data], parentElement }) {
  meanings = data.meanings;
  toTerm();
  let stop = watched.get(parentElement);
  if (!stop) watched.set(parentElement, (stop = watch(parentElement.querySelector(".bl-tip"))));
  return () => {
    stop();
    watched.delete(parentElement);
  };
}

// The glossary page marks the term that a link names; the browser knows of it only once it is drawn.
function toTerm(tries = 20) {
  const term = new URLSearchParams(location.search).get("term");
  if (!term || !tries) return;
  const place = document.querySelector(".bl-glossary .bl-chosen");
  if (place) place.scrollIntoView({ block: "center" });
  else setTimeout(() => toTerm(tries - 1), 150);
}

function watch(tip) {
  let [shown, timer] = [null, 0];
  const termOf = (event) => event.target.closest?.(".bl-term") ?? null;

  function show(term) {
    clearTimeout(timer);
    if (!term || term === shown || !meanings[term.dataset.term]) return;
    hide();
    shown = term;
    tip.textContent = meanings[term.dataset.term];
    term.setAttribute("aria-describedby", "bl-tip");
    tip.showPopover();
    const [at, box] = [term.getBoundingClientRect(), tip.getBoundingClientRect()];
    tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.width - 8))}px`;
    const below = at.bottom + 6;
    tip.style.top = `${below + box.height > innerHeight - 8 ? Math.max(8, at.top - box.height - 6) : below}px`;
  }

  function hide() {
    clearTimeout(timer);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    if (tip.matches(":popover-open")) tip.hidePopover();
  }

  const later = (act, ms) => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };
  const listeners = {
    pointerover(event) {
      if (event.pointerType !== "mouse") return;
      const term = termOf(event);
      if (term) later(() => show(term), 120);
      else if (tip.contains(event.target)) clearTimeout(timer); // the box itself may be pointed at
      else if (shown && document.activeElement !== shown) later(hide, 200);
      else if (!shown) clearTimeout(timer);
    },
    focusin: (event) => (termOf(event) ? show(termOf(event)) : hide()),
    focusout: (event) => termOf(event) && hide(),
    click: (event) => (termOf(event) ? show(termOf(event)) : !tip.contains(event.target) && hide()),
    keydown: (event) => event.key === "Escape" && hide(),
    scroll: hide,
  };
  for (const [kind, act] of Object.entries(listeners)) document.addEventListener(kind, act, { capture: true, passive: true });
  show(document.activeElement?.closest(".bl-term")); // the keyboard may have been faster than this script
  return () => {
    hide();
    for (const [kind, act] of Object.entries(listeners)) document.removeEventListener(kind, act, { capture: true });
  };
}
