// Where the keyboard is. Arrow keys walk the rows and what is in them; the focus stays where it is when that is drawn
// anew, and near to it when that goes. Where it goes as something opens or closes is said where it opens and closes.
(() => {
  "use strict";

  const $ = (id) => document.getElementById(id);
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`signalbox:${name}`, { detail }));

  const rowOf = (element) => element.closest?.("#sb-rows > tr") ?? null;

  // Rows and what is in them can have the focus once the keyboard comes to them; a click leaves it with the row.
  function stand(element) {
    if (!element) return false;
    if (rowOf(element)) {
      element.tabIndex = -1;
      if (element.matches("span, b")) element.setAttribute("role", "button");
    }
    element.focus({ preventScroll: true });
    return document.activeElement === element;
  }

  // -- walking -------------------------------------------------------------------------------------

  const PARTS = "[data-action], [data-field]";

  function walk(rows, step) {
    if (!rows.length) return;
    const from = rowOf(document.activeElement) ?? document.querySelector('.sb-row[aria-selected="true"]');
    const at = rows.indexOf(from);
    const row = rows[at < 0 ? rows.length - 1 : Math.min(Math.max(at + step, 0), rows.length - 1)];
    tell("freeze");
    stand(row);
    row.scrollIntoView({ block: "nearest" });
    if (row.dataset.id && $("sb-detail").childElementCount) tell("open", row.dataset.id);
  }

  document.addEventListener("signalbox:walk", (event) => walk([...document.querySelectorAll(".sb-row")], event.detail));

  function walkInto(row, step) {
    const parts = [...row.querySelectorAll(PARTS)].filter((part) => part.checkVisibility());
    const at = parts.indexOf(document.activeElement) + step;
    if (at < parts.length) stand(at < 0 ? row : parts[at]);
  }

  function press(element, event) {
    if (element.matches("tr")) element.querySelector("button:not([hidden])")?.click();
    else element.dispatchEvent(new MouseEvent("click", { bubbles: true, altKey: event.altKey }));
  }

  // A dispatch's own row is opened by the page, and a button presses itself.
  const isPressed = (target) => rowOf(target) && !target.matches("button, a, .sb-row");

  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("#sb-scroll");
    if (!box || event.ctrlKey || event.metaKey || event.isComposing) return;
    const row = rowOf(event.target);
    const lines = () => [...$("sb-rows").rows].filter((line) => line.checkVisibility());
    const page = Math.max(Math.floor(box.clientHeight / 28) - 2, 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity };
    if (Object.hasOwn(steps, event.key) && !event.altKey) walk(lines(), steps[event.key]);
    else if (row && event.key === "ArrowRight" && !event.altKey) walkInto(row, 1);
    else if (row && event.key === "ArrowLeft" && !event.altKey && event.target !== row) walkInto(row, -1);
    else if (event.key === "Enter" && isPressed(event.target)) press(event.target, event);
    else if (event.key === " " && event.target.matches("#sb-rows [role=button]")) press(event.target, event);
    else return;
    event.preventDefault();
  });

  // -- keeping -------------------------------------------------------------------------------------

  // What stands for those whose own have gone.
  const INSTEAD = { "sb-filter": "sb-draft", "sb-rows": "sb-scroll", "sb-mark": "sb-scroll" };
  let kept = null;

  function words(element) {
    const { htmxPowered, ...data } = element.dataset;
    return JSON.stringify([element.localName, data, element.getAttribute("aria-label")]);
  }

  const alike = (within, name) => [...within.getElementsByTagName("*")].filter((one) => words(one) === name);

  document.addEventListener("focusin", ({ target }) => {
    const ids = [];
    for (let at = target; at; at = at.parentElement) if (at.id) ids.push(at.id);
    const name = words(target);
    const number = ids.length && !target.id ? alike($(ids[0]), name).indexOf(target) : -1;
    const row = rowOf(target);
    kept = { element: target, ids, name, number, above: row?.previousElementSibling?.id, below: row?.nextElementSibling?.id };
  });

  // A row that is drawn anew keeps its elements, but not what let one of them have the focus.
  const isStripped = (element) => rowOf(element) !== null && !element.matches("button, a, [tabindex]");

  // Whoever takes the focus away by a click has it nowhere; what is drawn anew takes nothing away.
  document.addEventListener("focusout", (event) => {
    if (event.relatedTarget) return;
    const { target } = event;
    setTimeout(() => {
      if (isStripped(target)) keep();
      else if (target.isConnected && target.checkVisibility() && document.activeElement === document.body) kept = null;
    });
  });

  function* places({ element, ids, name, number, above, below }) {
    if (element.id) yield $(element.id);
    else if ($(ids[0])) yield alike($(ids[0]), name)[number];
    // A row that has gone leaves its place to what came there, or else to its neighbours.
    if (above) yield* [$(above)?.nextElementSibling, $(above)];
    if (below) yield* [$(below)?.previousElementSibling, $(below)];
    for (const id of ids) yield $(INSTEAD[id] ?? id);
    yield $("sb-scroll") ?? $("sb-map-picture");
  }

  function isKept({ element, name }) {
    if (document.activeElement === element) return !isStripped(element) && words(element) === name;
    return (element.isConnected && !isStripped(element)) || document.activeElement !== document.body;
  }

  function keep() {
    if (!kept || isKept(kept)) return;
    for (const place of places(kept)) if (stand(place)) return;
  }

  for (const name of ["htmx:after:swap", "htmx:after:ws:message", "signalbox:redrawn"]) document.addEventListener(name, keep);
})();
