// The share menu. It reads the address when it is opened, so that it always holds what is on the screen.
const menus = new WeakMap();

export default function ({ data: [data], parentElement }) {
  let menu = menus.get(parentElement);
  if (!menu) menus.set(parentElement, (menu = createMenu(parentElement.querySelector(".share"))));
  menu.update(data);
  return () => {
    menu.stop();
    menus.delete(parentElement);
  };
}

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "popover") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

// The address of what is on the screen, in a language and a theme, or as each reader has them.
function addressOf({ lang, theme, embed }) {
  const url = new URL(location.href);
  for (const name of ["embed", THEME, "lang"]) url.searchParams.delete(name);
  if (lang) url.searchParams.set("lang", lang);
  if (embed) url.searchParams.set("embed", "true");
  if (theme) url.searchParams.append(THEME, `${theme}_theme`);
  url.hash = "";
  return url.href;
}

function frameOf(address, title) {
  const quoted = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
  const style = "border:1px solid #dfe3ea;border-radius:12px";
  return `<iframe src="${quoted(address)}" title="${quoted(title)}" width="100%" height="720" style="${style}" loading="lazy" allow="clipboard-write"></iframe>`;
}

function createMenu(root) {
  let [words, lang] = [{}, "en"];
  const back = make("a", { className: "back", target: "_blank", rel: "noopener" });
  const aim = () => (back.href = addressOf({ lang }));
  for (const kind of ["pointerdown", "focus", "pointerenter"]) back.addEventListener(kind, aim);

  const heading = make("h2", { id: "share-title" });
  const close = make("button", { type: "button", className: "close" }, "✕");
  const [about, missing] = [make("p", { className: "about" }), make("p", { className: "missing" })];
  const choices = { lang: make("select"), theme: make("select") };
  const link = fieldOf(() => addressOf(chosen()));
  const code = fieldOf(() => frameOf(addressOf({ ...chosen(), embed: true }), words.frame));
  const said = make("p", { className: "said", role: "status" });
  const names = { lang: make("span"), theme: make("span") };
  const asking = make("div", { className: "choices" }, ...["lang", "theme"].map((name) => make("label", {}, names[name], choices[name])));
  const panel = make("div", { popover: "auto", className: "panel", role: "dialog", "aria-labelledby": "share-title" },
    make("header", {}, heading, close), about, missing, asking, link.el, code.el, said);

  const chosen = () => ({ lang: choices.lang.value, theme: choices.theme.value });
  close.onclick = () => panel.hidePopover();
  for (const select of Object.values(choices)) select.onchange = show;

  function show() {
    link.show();
    code.show();
    said.textContent = "";
  }

  // A field with the text, to be selected by hand too, and a button that copies it.
  function fieldOf(text) {
    const name = make("span");
    const field = make("input", { type: "text", readOnly: true, spellcheck: false, onfocus: () => field.select() });
    const button = make("button", { type: "button", className: "copy" });
    button.onclick = () => copy(field, button);
    const el = make("div", { className: "field" }, make("label", {}, name, field), button);
    return { el, name, button, show: () => (field.value = text()) };
  }

  async function copy(field, button) {
    let done = false;
    try {
      await navigator.clipboard.writeText(field.value);
      done = true;
    } catch {
      field.focus();
      field.select();
      done = document.execCommand("copy"); // where there is no permission, or no secure address, for the way above
    }
    if (done) button.focus();
    said.textContent = done ? words.copied : words["by hand"];
    if (done) button.dataset.done = "true";
    setTimeout(() => delete button.dataset.done, 1600);
  }

  // The button stands in the heading, which the page draws anew whenever it likes.
  function clicked(event) {
    const button = event.target.closest?.(".bl-share");
    if (!button) return;
    if (panel.matches(":popover-open")) return panel.hidePopover();
    fill(choices.lang, [["", words["own language"]], ["en", "English"], ["zh", "中文"]]);
    fill(choices.theme, [["", words["own theme"]], ["light", words.light], ["dark", words.dark]]);
    choices.theme.value = themeOfLink.replace("_theme", "");
    choices.lang.value = new URLSearchParams(location.search).has("lang") ? lang : "";
    missing.textContent = button.dataset.missing ?? "";
    missing.hidden = !missing.textContent;
    show();
    panel.showPopover();
    place(button.getBoundingClientRect());
    link.button.focus();
  }

  function place(at) {
    const width = panel.offsetWidth;
    panel.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    panel.style.top = `${Math.max(8, Math.min(at.bottom + 6, innerHeight - panel.offsetHeight - 8))}px`;
  }

  // A click on the button closes an open panel by itself before it arrives here; then it must not open it again.
  let closed = 0;
  panel.addEventListener("toggle", (event) => event.newState === "closed" && (closed = performance.now()));
  const opener = (event) => performance.now() - closed > 250 && clicked(event);
  document.addEventListener("click", opener);

  return {
    update(data) {
      [words, lang] = [data.words, data.lang];
      root.replaceChildren(data.embedded ? back : panel);
      back.textContent = `${words.open} ↗`;
      if (data.embedded) aim();
      heading.textContent = words.title;
      close.ariaLabel = close.title = words.close;
      about.textContent = words.about;
      [names.lang.textContent, names.theme.textContent] = [words.language, words.theme];
      [link.name.textContent, code.name.textContent] = [words.address, words.code];
      [link.button.textContent, code.button.textContent] = [words.copy, words.embed];
    },
    stop: () => document.removeEventListener("click", opener),
  };
}

function fill(select, options) {
  const kept = select.value;
  select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
  select.value = kept;
}
