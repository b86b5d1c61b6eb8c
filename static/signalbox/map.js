// The map under the pointer and under traffic: what hangs together, figures, and changes in place.
// The server drew everything; what changes comes as attributes by id, since a partial cannot hold a part of an SVG.
(() => {
  "use strict";

  const $ = (id) => document.getElementById(id);
  const picture = () => $("sb-map-picture");
  const PARTS = ".sb-node, .sb-edge[id]";

  const card = document.createElement("div");
  card.className = "sb-hover-card";
  card.setAttribute("aria-hidden", "true");
  card.hidden = true;

  // -- what changes --------------------------------------------------------------------------------

  function change(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "text") {
        const figure = element.querySelector(".sb-node-figure");
        if (figure.textContent !== value) figure.textContent = value;
      } else if (name === "d") {
        for (const path of element.children) path.setAttribute("d", value);
      } else if (name === "stroke-width") {
        element.lastElementChild.setAttribute(name, value);
      } else if (name === "class") {
        // Lit by the pointer it stays.
        element.setAttribute(name, element.classList.contains("sb-is-lit") ? `${value} sb-is-lit` : value);
      } else if (element.getAttribute(name) !== value) {
        element.setAttribute(name, value);
      }
    }
  }

  document.addEventListener("htmx:after:ws:message", (event) => {
    const changes = event.detail.message.json?.changes;
    if (changes) changeAll(changes);
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const polled = $("sb-map-changes");
    if (event.detail?.ctx?.sourceElement?.id === "sb-poll" && polled.textContent) changeAll(JSON.parse(polled.textContent));
  });

  function changeAll(changes) {
    for (const [id, attributes] of Object.entries(changes)) {
      const element = $(id);
      if (element) change(element, attributes);
    }
    if (shown?.isConnected) write(shown);
    else find();
  }

  // -- going elsewhere on the map ------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-map]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    kept = { map: $("sb-map"), key: link.dataset.keep, top: link.getBoundingClientRect().top, left: picture().scrollLeft, isByKey: event.detail === 0 };
    const url = new URL(link.getAttribute("href"), location.href);
    htmx.ajax("GET", url.pathname + url.search, { target: "#sb-map", swap: "outerHTML" });
  });

  // What was clicked stays where it was on the screen, and has the focus if it had it.
  let kept = null;

  document.addEventListener("htmx:after:swap", () => {
    find();
    // What else is swapped in before the answer is there is not what was asked for.
    if (!kept || kept.map === $("sb-map")) return;
    const link = document.querySelector(`[data-keep="${CSS.escape(kept.key)}"]`);
    if (link) {
      picture().scrollLeft = kept.left;
      picture().scrollTop += link.getBoundingClientRect().top - kept.top;
      if (kept.isByKey) link.focus({ preventScroll: true });
    }
    kept = null;
  });

  // -- what hangs together -------------------------------------------------------------------------

  let drawn = null;
  let edges = null;

  // By node, the edges that come to it and that go from it; read once for each picture.
  function read() {
    const grid = picture()?.querySelector(".sb-map-grid");
    if (grid === drawn) return;
    drawn = grid;
    edges = new Map();
    const at = (node) => {
      if (!edges.has(node)) edges.set(node, { before: [], after: [] });
      return edges.get(node);
    };
    for (const edge of document.querySelectorAll(".sb-edge[id]")) {
      const [from, to] = ends(edge);
      at(from).after.push(edge);
      at(to).before.push(edge);
    }
  }

  function ends(edge) {
    const column = Number(edge.id.slice(1, edge.id.indexOf("-")));
    return [`n${column}-${edge.dataset.from}`, `n${column + 1}-${edge.dataset.to}`];
  }

  function walk(node, way, end, found) {
    found.add(node);
    for (const edge of edges.get(node)?.[way] ?? []) {
      found.add(edge.id);
      const next = ends(edge)[end];
      if (!found.has(next)) walk(next, way, end, found);
    }
  }

  let lit = [];

  function light(part) {
    for (const element of lit) element.classList.remove("sb-is-lit");
    lit = [];
    picture()?.classList.toggle("sb-is-tracing", part !== null);
    if (!part) return;
    read();
    const found = new Set([part.id]);
    const [from, to] = part.matches(".sb-edge") ? ends(part) : [part.id, part.id];
    walk(from, "before", 0, found);
    walk(to, "after", 1, found);
    for (const id of found) {
      const element = $(id);
      element.classList.add("sb-is-lit");
      lit.push(element);
    }
  }

  // -- figures -------------------------------------------------------------------------------------

  let shown = null;
  let shownTop = 0;
  const nameOf = (id) => $(id).dataset.name;

  function write(part) {
    const name = document.createElement("b");
    name.textContent = part.matches(".sb-edge") ? ends(part).map(nameOf).join(" → ") : part.dataset.name;
    card.replaceChildren(name, part.dataset.words ?? part.getAttribute("aria-label").slice(part.dataset.name.length + 2));
  }

  function show(part, at) {
    shown = part;
    shownTop = part.getBoundingClientRect().top;
    write(part);
    if (!card.isConnected) document.body.append(card);
    card.hidden = false;
    const box = card.getBoundingClientRect();
    card.style.left = `${Math.max(8, Math.min(at.x + 14, innerWidth - box.width - 8))}px`;
    card.style.top = `${at.y + 18 + box.height > innerHeight ? at.y - box.height - 12 : at.y + 18}px`;
    light(part);
  }

  function hide() {
    if (!shown) return;
    shown = null;
    card.hidden = true;
    light(null);
  }

  // Where the pointer is, while it shows something; null while the focus does.
  let pointer = null;

  document.addEventListener("pointerover", (event) => {
    const part = event.target.closest?.(PARTS);
    pointer = { x: event.clientX, y: event.clientY };
    if (!part) hide();
    else if (part !== shown) show(part, pointer);
  });

  function showFocused(part) {
    pointer = null;
    const box = part.getBoundingClientRect();
    show(part, { x: box.left, y: box.bottom - 12 });
  }

  document.addEventListener("focusin", (event) => {
    const part = event.target.matches?.(":focus-visible") ? event.target.closest(PARTS) : null;
    if (part) showFocused(part);
    else hide();
  });

  // A new picture has come: the node that is shown is another element of it, and stays where it was on the screen.
  function find() {
    if (!shown || shown.isConnected) return;
    const before = shown;
    const [top, isByKey] = [shownTop, !pointer];
    hide();
    const column = before.id.slice(0, before.id.indexOf("-") + 1);
    const same = document.querySelector(`.sb-node[id^="${column}"][data-name="${CSS.escape(before.dataset.name ?? "")}"]`);
    if (!same) return;
    picture().scrollTop += same.getBoundingClientRect().top - top;
    if (!isByKey) return show(same, pointer);
    same.focus({ preventScroll: true });
    showFocused(same);
  }

  // Not for what find() scrolls itself, which is told of later.
  document.addEventListener("scroll", () => {
    if (shown && Math.abs(shown.getBoundingClientRect().top - shownTop) > 1) hide();
  }, { capture: true, passive: true });
})();
