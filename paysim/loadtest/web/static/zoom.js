"use strict";
// Which time all charts show: by mouse, touch, keys and buttons. Without a choice it is all of the run, and grows with it.
(() => {
  const { clock } = paysim;
  const SHORTEST = 2; // seconds
  const watchers = new Set();
  let chosen = null, whole = [0, 0];

  const range = () => chosen || whole;

  const choose = (from, to) => {
    const [first, last] = whole, length = Math.min(last - first, Math.max(SHORTEST, to - from));
    from = Math.max(first, Math.min(from, last - length));
    chosen = length >= last - first ? null : [from, from + length];
    tell();
    watchers.forEach((changed) => changed());
  };

  // factor below 1 is closer; at: the time that stays where it is.
  const by = (factor, at = (range()[0] + range()[1]) / 2) => {
    const [from, to] = range(), length = Math.min(whole[1] - whole[0], Math.max(SHORTEST, (to - from) * factor));
    const left = at - ((at - from) / (to - from || 1)) * length;
    choose(left, left + length);
  };

  const move = (seconds) => choose(range()[0] + seconds, range()[1] + seconds);
  const page = (part) => move(part * (range()[1] - range()[0]));
  const all = () => choose(...whole);

  const tell = () => {
    document.getElementById("range").textContent = `${clock(range()[0])} to ${clock(range()[1])}`;
    for (const id of ["zoom-out", "zoom-back", "zoom-on", "zoom-all"]) document.getElementById(id).disabled = !chosen;
  };

  const KEYS = { "+": () => by(0.5), "=": () => by(0.5), "-": () => by(2), "−": () => by(2), 0: all, Escape: all };

  // Whether the key was one of ours.
  const key = (event) => {
    const act = event.shiftKey && { ArrowLeft: () => page(-0.25), ArrowRight: () => page(0.25) }[event.key] || KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return false;
    act();
    return true;
  };

  // over: uPlot's layer that gets the mouse. time: pixels from its left edge → seconds.
  const listen = (over, time) => {
    const fingers = new Map();
    let pan = null;
    const at = (event) => event.clientX - over.getBoundingClientRect().left;
    const perPixel = () => (range()[1] - range()[0]) / (over.clientWidth || 1);
    over.style.touchAction = "pan-y";
    over.addEventListener("dblclick", all);
    over.addEventListener("wheel", (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      if (event.ctrlKey || event.metaKey) by(event.deltaY < 0 ? 0.8 : 1.25, time(at(event)));
      else if (sideways && chosen) move((event.deltaX || event.deltaY) * perPixel());
      else return;
      event.preventDefault();
    }, { passive: false });
    over.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse" && !event.shiftKey) return; // uPlot selects
      if (event.pointerType === "mouse") pan = at(event);
      else fingers.set(event.pointerId, at(event));
      over.setPointerCapture(event.pointerId);
    });
    over.addEventListener("pointermove", (event) => {
      if (pan !== null) {
        const before = pan;
        pan = at(event);
        move((before - pan) * perPixel());
      } else if (fingers.has(event.pointerId)) {
        const before = [...fingers.values()];
        fingers.set(event.pointerId, at(event));
        const now = [...fingers.values()], span = (xs) => Math.max(8, Math.abs(xs[0] - xs[1]));
        if (now.length === 2) by(span(before) / span(now), time((now[0] + now[1]) / 2));
        else if (now.length === 1 && chosen) move((before[0] - now[0]) * perPixel());
      }
    });
    const up = (event) => { pan = null; fingers.delete(event.pointerId); };
    over.addEventListener("pointerup", up);
    over.addEventListener("pointercancel", up);
    // What Shift moves is not to be selected too.
    over.addEventListener("mousedown", (event) => event.shiftKey && event.stopImmediatePropagation(), true);
  };

  const press = (id, act) => document.getElementById(id).addEventListener("click", act);
  press("zoom-in", () => by(0.5));
  press("zoom-out", () => by(2));
  press("zoom-back", () => page(-0.5));
  press("zoom-on", () => page(0.5));
  press("zoom-all", all);

  let began = 0; // Unix seconds
  const timeOfDay = (seconds) => new Date((began + seconds) * 1000).toLocaleTimeString("en-GB");

  paysim.zoom = {
    range, choose, key, listen, timeOfDay,
    began: (at) => { began = at; },
    watch: (changed) => watchers.add(changed),
    // The run is that long by now; from: where its history begins.
    whole: (from, to) => { whole = [from, to]; tell(); },
  };
})();
