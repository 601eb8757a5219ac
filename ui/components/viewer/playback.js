// Step, play, pause, scrub: the selection walks through the forward, and the shapes that it met stand beside it.
function createPlayback(hands) {
  const play = press("▶", "", () => run(!timer), "play");
  const [back, on] = [press("‹", "", () => move(-1)), press("›", "", () => move(1))];
  const track = h("input", { type: "range", min: 0, step: 1 });
  const strip = h("ol", { className: "strip" });
  const count = h("span", { className: "count" });
  const pane = { el: h("div", { className: "playback", role: "group" }, back, play, on, track, strip, count) };
  let [timer, scene, steps, at, fresh, waited] = [0, null, [], 0, true, 0];
  const PATIENCE = 2; // turns that wait for the numbers of a step before the next one is shown

  pane.load = (next) => {
    scene = next;
    fresh = true;
    steps = next.steps.filter((step) => step.kind !== "unused");
    track.max = Math.max(0, steps.length - 1);
    const label = (button, text) => Object.assign(button, { title: text, ariaLabel: text });
    label(back, next.words.before);
    label(on, next.words.after);
    label(play, timer ? next.words.pause : next.words.play);
    track.setAttribute("aria-label", next.words.scrub);
    pane.el.setAttribute("aria-label", next.words.scrub);
  };

  pane.mark = (id) => {
    const found = steps.findIndex((step) => step.id === id);
    if (found < 0) return;
    strip.classList.toggle("moving", !fresh && found !== at); // what has just been drawn stands still
    [at, fresh] = [found, false];
    track.value = at;
    track.setAttribute("aria-valuetext", `${fill(scene.words.of, { at: at + 1, count: steps.length })}: ${steps[at].name} ${steps[at].shape}`);
    track.style.setProperty("--done", `${(100 * at) / Math.max(1, steps.length - 1)}%`);
    count.textContent = `${at + 1} / ${steps.length}`;
    strip.replaceChildren(...chips());
  };

  // The last shapes on the way here, each once in a row; where a tensor is broadcast or overwritten, it says so.
  function chips() {
    const found = [];
    for (const step of steps.slice(0, at + 1)) {
      const wide = step.reads.find((read) => read[3]);
      const text = wide ? `${wide[2].split(" × ").slice(1).join("×")} ⇉ ${wide[3]}` : step.overwrites ? `↻ ${step.shape}` : step.shape;
      const last = found[found.length - 1];
      if (last && last.text === text) last.kind = step.kind;
      else if (text) found.push({ text, kind: step.kind, wide: Boolean(wide), again: step.overwrites });
    }
    return found.slice(-6).map((chip, index, all) => {
      const name = [chip.kind === "gate" ? "gate" : "", index === all.length - 1 ? "now" : "", chip.wide ? "wide" : "", chip.again ? "again" : ""];
      return h("li", { className: name.filter(Boolean).join(" ") }, chip.text);
    });
  }

  function move(by) {
    run(false);
    go(at + by, true);
  }

  function go(index, report) {
    const step = steps[Math.min(steps.length - 1, Math.max(0, index))];
    if (step) hands.choose(step.id, { report, reveal: true });
  }

  function run(on) {
    clearInterval(timer);
    timer = 0;
    if (on) {
      if (at >= steps.length - 1) go(0, false);
      timer = setInterval(() => {
        if (at >= steps.length - 1 || !pane.el.isConnected) return run(false);
        if (!hands.isFilled() && waited < PATIENCE) return void (waited += 1);
        waited = 0;
        go(at + 1, false);
        if (hands.data().values_follow) hands.report(steps[at].id, 0, steps[at + 1]?.id); // the numbers walk ahead
      }, 900);
    } else if (steps[at] && pane.el.isConnected) hands.report(steps[at].id);
    play.textContent = timer ? "❚❚" : "▶";
    play.title = play.ariaLabel = scene ? (timer ? scene.words.pause : scene.words.play) : "";
    hands.playing(Boolean(timer));
  }

  track.oninput = () => {
    if (timer) run(false);
    go(Number(track.value), false);
  };
  track.onchange = () => hands.report(steps[at]?.id);
  pane.stop = () => clearInterval(timer);
  pane.pause = () => timer && run(false);
  return pane;
}
