// The row above the drawing.
function createTools(hands, exportMenu) {
  const range = h("input", { type: "range", min: 1, step: 1, className: "depth" });
  const reach = h("span", { "aria-hidden": "true" });
  const depth = h("div", { className: "depths" }, reach, range);
  const colour = h("select", { onchange: () => hands.heat(colour.value) });
  const search = h("input", { type: "search", className: "find", autocomplete: "off", spellcheck: false });
  const hits = h("output", { className: "hits" });
  const turn = press("", "", () => hands.turn(), "turn");
  const [smaller, larger, whole] = [press("−", "", () => hands.zoom(1 / 1.25)), press("+", "", () => hands.zoom(1.25)), press("⤢", "", () => hands.fit())];
  const [all, own] = [h("button", { type: "button", className: "extent" }), h("button", { type: "button", className: "extent" })];
  const note = h("p", { className: "note", hidden: true });
  const news = h("p", { className: "news", role: "status" });
  const bar = h("div", { className: "tools", role: "toolbar" }, depth, own, all, colour);
  const zooms = h("div", { className: "zooms", role: "group" }, smaller, larger, whole, turn);
  const finding = h("div", { className: "tools" }, search, hits, exportMenu);
  const pane = { el: h("div", { className: "above" }, bar, note, news), finding, zooms, heat: () => colour.value, setHeat: (name) => (colour.value = name || "") };
  let [ids, at] = [[], -1];

  pane.load = ({ words, view, note: said }) => {
    [bar, zooms].forEach((element) => element.setAttribute("aria-label", words.tools));
    const many = view.limit > 1;
    [depth, all, own].forEach((element) => (element.hidden = !many));
    range.max = view.limit;
    range.value = view.depth;
    depth.title = range.ariaLabel = words.depth;
    reach.textContent = `${view.depth}/${view.limit}`;
    const pressed = [all, own].find((button) => button === bar.getRootNode().activeElement);
    const altered = view.opened.length || view.folded.length;
    Object.assign(all, { textContent: words.every, title: words.all, ariaLabel: words.all, disabled: view.depth === view.limit && !altered, onclick: () => hands.depth(view.limit) });
    Object.assign(own, { textContent: words.outer, title: words.own, ariaLabel: words.own, disabled: view.depth === 1 && !altered, onclick: () => hands.depth(1) });
    if (pressed?.disabled) range.focus(); // a button that went dead under the finger
    const downwards = view.direction === "TB";
    Object.assign(turn, { textContent: downwards ? "→" : "↓", title: downwards ? words.right : words.down });
    turn.setAttribute("aria-label", turn.title);
    for (const [button, label] of [[smaller, words.out], [larger, words.in], [whole, words.fit]]) Object.assign(button, { title: label, ariaLabel: label });
    const kept = colour.value;
    colour.replaceChildren(...[["", words.kind], ["params", words.params], ["macs", words.macs]].map(([value, text]) => h("option", { value }, text)));
    colour.value = kept;
    colour.title = colour.ariaLabel = words.heat;
    search.placeholder = search.ariaLabel = words.find;
    hits.textContent = "";
    note.hidden = !said;
    note.textContent = said;
    [ids, at] = [[], -1];
  };
  pane.searchAgain = () => search.value.trim() && search.oninput();
  pane.say = (text) => (news.textContent = text);
  range.oninput = () => (reach.textContent = reach.textContent.replace(/\d+(?=\/)/, range.value));
  range.onchange = () => hands.depth(Number(range.value));
  search.oninput = () => {
    [ids, at] = [hands.find(search.value), -1];
    hits.textContent = search.value.trim() ? (ids.length ? String(ids.length) : hands.words().none) : "";
  };
  search.onkeydown = (event) => {
    if (event.key === "Escape") search.value = "";
    if (event.key === "Escape") return search.oninput();
    if (event.key !== "Enter" || !ids.length) return;
    at = (at + (event.shiftKey ? ids.length - 1 : 1)) % ids.length;
    hits.textContent = `${at + 1} / ${ids.length}`;
    hands.choose(ids[at]);
  };
  return pane;
}

// Four panes: side by side where there is room, else behind tabs, always in the order code, graph, steps, details.
function createTabs(hands, bodies, asides) {
  const order = ["code", "graph", "steps", "details"];
  const list = h("div", { className: "tabs", role: "tablist" });
  const el = h("div", { className: "panes" }, list);
  const [buttons, sections] = [new Map(), {}];
  const [titles, notes] = [new Map(), new Map()];
  const pane = { el, chosen: "code", show };
  for (const name of order) {
    const button = h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `pane-${name}`, className: name });
    button.onclick = () => choose(name);
    buttons.set(name, button);
    list.append(button);
    const title = h("h2", {});
    titles.set(name, title);
    const aside = h("span", { className: "aside" });
    const header = h("header", {}, title, asides[name] || aside);
    notes.set(name, aside);
    sections[name] = h("section", { className: `pane ${name}`, id: `pane-${name}` }, header, bodies[name]);
  }
  el.append(sections.code, sections.steps, sections.graph, sections.details); // code and steps stand left of the drawing
  function open(name) {
    pane.chosen = name;
    el.dataset.tab = name;
    buttons.forEach((button, key) => {
      button.setAttribute("aria-selected", String(key === name));
      button.tabIndex = key === name ? 0 : -1;
    });
  }
  function choose(name) {
    open(name);
    hands.looked();
  }
  // What a phone has behind a tab stands beside the code where there is room.
  function show(name) {
    open(name && buttons.get(name).offsetParent ? name : "code");
  }
  list.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const shown = order.filter((name) => buttons.get(name).offsetParent);
    const next = shown[(shown.indexOf(pane.chosen) + step + shown.length) % shown.length];
    choose(next);
    buttons.get(next).focus();
    event.preventDefault();
  };
  pane.load = ({ words }) => {
    list.setAttribute("aria-label", words.panes);
    buttons.forEach((button, name) => (button.textContent = name === "details" ? words.short : words[name]));
    titles.forEach((title, name) => (title.textContent = words[name]));
    titles.get("graph").title = words.keys;
  };
  pane.titled = (name, text) => (notes.get(name).textContent = text);
  open("code");
  return pane;
}
