// The waterfall under the pointer: figures of a bar, and with Shift what led to it and what it led to.
// One listener for all lines; the server drew everything else.

(() => {
  "use strict";

  const card = document.createElement("div");
  card.className = "sb-hover-card";
  card.setAttribute("aria-hidden", "true");
  card.hidden = true;

  const text = (line, selector) => line.querySelector(selector)?.textContent.trim() ?? "";

  function show(line, at) {
    const name = document.createElement("b");
    name.textContent = line.querySelector(".sb-tree-name").title;
    const began = text(line, ".sb-tree-offset");
    const figures = [began && (began === "0" ? "first" : `began at ${began}`), text(line, ".sb-tree-took"), line.dataset.shares, line.querySelector(".sb-tag-error")?.title];
    card.replaceChildren(name, figures.filter(Boolean).join(" · "));
    if (!card.isConnected) document.body.append(card);
    card.hidden = false;
    const box = card.getBoundingClientRect();
    card.style.left = `${Math.max(8, Math.min(at.x + 14, innerWidth - box.width - 8))}px`;
    card.style.top = `${at.y + 18 + box.height > innerHeight ? at.y - box.height - 12 : at.y + 18}px`;
  }

  function hide() {
    card.hidden = true;
  }

  // -- kin -----------------------------------------------------------------------------------------

  const id = (element) => element.dataset.line ?? element.dataset.id;

  function forget() {
    for (const element of document.querySelectorAll(".sb-is-ancestor, .sb-is-descendant")) {
      element.classList.remove("sb-is-ancestor", "sb-is-descendant");
    }
  }

  function trace(from) {
    forget();
    const elements = [...document.querySelectorAll(".sb-tree-line:not(.sb-is-call), #sb-rows .sb-row")];
    const parents = new Map(elements.map((element) => [id(element), element.dataset.parent]));
    const ancestors = new Set();
    for (let at = parents.get(from); at && !ancestors.has(at); at = parents.get(at)) ancestors.add(at);
    const leads = new Map([[from, true]]);
    const isBelow = (one) => {
      const path = [];
      while (one && !leads.has(one)) {
        path.push(one);
        leads.set(one, false);
        one = parents.get(one);
      }
      const found = one ? leads.get(one) : false;
      for (const each of path) leads.set(each, found);
      return found;
    };
    for (const element of elements) {
      const one = id(element);
      element.classList.toggle("sb-is-ancestor", ancestors.has(one));
      element.classList.toggle("sb-is-descendant", one !== from && isBelow(one));
    }
  }

  let traced = "";

  document.addEventListener("pointerover", (event) => {
    const line = event.target.closest?.(".sb-tree-line");
    if (line) show(line, { x: event.clientX, y: event.clientY });
    else hide();
    const at = event.shiftKey ? event.target.closest?.(".sb-tree-line, #sb-rows .sb-row") : null;
    const now = at ? id(at) : "";
    if (now !== traced) {
      traced = now;
      if (now) trace(now);
      else forget();
    }
  });

  document.addEventListener("keydown", (event) => {
    const at = event.key === "Shift" && event.target.matches?.(":focus-visible") && event.target.closest(".sb-tree-line, #sb-rows .sb-row");
    if (!at) return;
    traced = id(at);
    trace(traced);
  });

  document.addEventListener("keyup", (event) => {
    if (event.key === "Shift" && traced) {
      traced = "";
      forget();
    }
  });

  // -- keyboard and bars ---------------------------------------------------------------------------

  document.addEventListener("focusin", (event) => {
    const line = event.target.matches?.(":focus-visible") ? event.target.closest(".sb-tree-line") : null;
    if (!line) return hide();
    const box = event.target.getBoundingClientRect();
    show(line, { x: box.left, y: box.bottom - 12 });
  });

  // What a bar does is what the buttons beside the name of its dispatch do.
  function press(event, selector) {
    const line = event.target.closest?.(".sb-lane")?.closest(".sb-tree-line");
    if (line) document.querySelector(`.sb-tree-line[data-line="${CSS.escape(line.dataset.line)}"] ${selector}`)?.click();
  }

  // The first click draws the lines anew, so no double click comes: the second press is counted.
  document.addEventListener("click", (event) => event.detail === 1 && press(event, ".sb-tree-open"));
  document.addEventListener("mousedown", (event) => event.detail === 2 && press(event, ".sb-zoom"));

  document.addEventListener("scroll", hide, { capture: true, passive: true });
})();
