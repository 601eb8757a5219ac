// Pictures to choose one from: small buttons in a row, one of them pressed.
export default function ({ data, parentElement, setStateValue }) {
  const row = parentElement.querySelector(".strip");
  row.setAttribute("aria-label", data.label);
  const shown = JSON.stringify([data.pictures.map((p) => [p.name, p.title, p.image.length]), data.label]);
  if (row.dataset.shown !== shown) {
    row.dataset.shown = shown;
    row.replaceChildren(
      ...data.pictures.map((picture) =>
        make(
          "button",
          { type: "button", role: "radio", "data-name": picture.name, title: picture.credit },
          make("img", { src: picture.image, alt: "" }),
          make("span", {}, picture.title),
        ),
      ),
    );
  }
  const buttons = [...row.querySelectorAll("button")];
  const press = (name) => {
    for (const button of buttons) {
      const on = button.dataset.name === name;
      button.setAttribute("aria-checked", String(on));
      button.tabIndex = on ? 0 : -1;
    }
  };
  press(data.chosen);
  if (!buttons.some((button) => button.tabIndex === 0) && buttons.length) buttons[0].tabIndex = 0;
  const choose = (button) => {
    press(button.dataset.name);
    setStateValue("chosen", button.dataset.name);
  };
  row.onclick = (event) => {
    const button = event.target.closest("button");
    if (button) choose(button);
  };
  row.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = buttons.findIndex((button) => button.tabIndex === 0);
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next.focus();
    choose(next);
  };
}
