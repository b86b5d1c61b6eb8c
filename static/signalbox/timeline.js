// A range of the timeline, chosen by dragging or by arrow keys; the server turns it into a filter.

(() => {
  "use strict";

  const timeline = document.getElementById("sb-timeline");
  const overlay = document.getElementById("sb-range");
  if (!timeline) return;

  let range = null; // in intervals of the picture, while it is being chosen: [begin, end)
  let anchor = null;
  let shownFrom = null; // where the picture began when the range was drawn last

  function picture() {
    const svg = timeline.querySelector("svg");
    const box = svg.getBoundingClientRect();
    const { step, from, number } = svg.dataset;
    return { box, step: Number(step), from: Number(from), number: Number(number) };
  }

  const clock = (ms) => new Date(ms).toLocaleTimeString();

  // The picture slides under a range that is being chosen, which stands for the same time as before.
  function slide({ step, from, number }) {
    const moved = (shownFrom - from) / step;
    const isMoved = shownFrom !== null && moved !== 0;
    shownFrom = from;
    if (!isMoved) return;
    if (anchor !== null) anchor = Math.max(anchor + moved, 0);
    if (range) range = [Math.min(Math.max(range[0] + moved, 0), number - 1), Math.min(Math.max(range[1] + moved, 1), number)];
  }

  function draw() {
    const { box, step, from, number } = picture();
    slide({ step, from, number });
    let ends = range;
    if (!ends) {
      const shown = document.getElementById("sb-range-of")?.dataset;
      if (!shown?.from && !shown?.until) {
        overlay.hidden = true;
        document.getElementById("sb-range-text").textContent = "";
        return;
      }
      ends = [shown.from ? (shown.from - from) / step : 0, shown.until ? (shown.until - from) / step : number];
    }
    const [begin, end] = ends.map((at) => Math.min(Math.max(at, 0), number));
    const left = box.left - timeline.getBoundingClientRect().left;
    overlay.hidden = false;
    overlay.style.left = `${left + (begin / number) * box.width}px`;
    overlay.style.width = `${Math.max(((end - begin) / number) * box.width, 1)}px`;
    const text = `${clock(from + ends[0] * step)} to ${clock(from + ends[1] * step)}`;
    const status = document.getElementById("sb-range-text");
    if (status.textContent !== text) status.textContent = text;
  }

  function at(event) {
    const { box, number } = picture();
    return Math.min(Math.max(Math.floor(((event.clientX - box.left) / box.width) * number), 0), number - 1);
  }

  function filter(ends) {
    const { step, from } = picture();
    const detail = ends ? { from: from + ends[0] * step, until: from + ends[1] * step } : { from: "", until: "" };
    document.dispatchEvent(new CustomEvent("signalbox:range", { detail }));
  }

  function cancel() {
    anchor = range = null;
    draw();
  }

  timeline.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    anchor = at(event);
    timeline.setPointerCapture(event.pointerId);
  });

  timeline.addEventListener("pointermove", (event) => {
    if (anchor === null) return;
    const now = at(event);
    if (now !== anchor || range) {
      range = [Math.min(anchor, now), Math.max(anchor, now) + 1];
      draw();
    }
  });

  timeline.addEventListener("pointerup", () => {
    if (anchor === null) return;
    const chosen = range;
    const isShown = !overlay.hidden;
    anchor = range = null;
    if (chosen || isShown) filter(chosen);
  });

  timeline.addEventListener("pointercancel", cancel);

  timeline.addEventListener("keydown", (event) => {
    const { number } = picture();
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (move) {
      const [begin, end] = range ?? [number, number];
      if (event.shiftKey) range = [begin, Math.min(Math.max(end + move, begin + 1), number)];
      else if (!range) range = [number - 5, number];
      else range = [Math.min(Math.max(begin + move, 0), end - 1), end];
      draw();
    } else if (event.key === "Enter" && range) {
      const chosen = range;
      range = null;
      filter(chosen);
    } else if (event.key === "Escape" && (anchor !== null || range)) {
      cancel();
    } else if (event.key === "Escape" && !overlay.hidden) {
      filter(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && anchor !== null) {
      cancel();
      event.stopPropagation();
    }
  }, { capture: true });

  // The picture slides, and the filter changes: the range goes with them.
  new MutationObserver(draw).observe(document.getElementById("sb-rate"), { childList: true, subtree: true, attributes: true });
  new MutationObserver(draw).observe(document.getElementById("sb-bar"), { childList: true, subtree: true, attributes: true });
  addEventListener("resize", draw);
  draw();
})();
