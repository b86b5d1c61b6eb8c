// What a screen reader hears: how much came, every few seconds, and once what has changed. The rows themselves are silent.
(() => {
  "use strict";

  const $ = (id) => document.getElementById(id);
  const PACE_MS = 5000;
  const SETTLED_MS = 1000;
  const SAID = 5; // sentences that can be read again
  const plural = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

  function say(sentence) {
    const line = document.createElement("p");
    line.textContent = sentence;
    const said = $("sb-spoken");
    said.append(line);
    while (said.childElementCount > SAID) said.firstElementChild.remove();
  }

  document.addEventListener("signalbox:speak", (event) => say(event.detail));

  // -- counts --------------------------------------------------------------------------------------

  let dispatches = 0;
  let errors = 0;
  let pace = 0;

  document.addEventListener("signalbox:reached", ({ detail }) => {
    dispatches += detail.added;
    errors += detail.errors;
    pace ||= setTimeout(tell, PACE_MS);
  });

  // To a page that nobody looks at nothing is said before it is looked at again.
  function tell() {
    pace = 0;
    if (document.hidden || !(dispatches || errors)) return;
    const counts = [dispatches && plural(dispatches, "dispatch", "dispatches"), errors && plural(errors, "error", "errors")];
    say(counts.filter(Boolean).join(", "));
    dispatches = errors = 0;
  }

  document.addEventListener("visibilitychange", tell);

  // -- what has changed ----------------------------------------------------------------------------

  const notices = () => [...document.querySelectorAll("#sb-notices > [id]")];
  const markers = () => [...document.querySelectorAll("#sb-rows > .sb-marker")];
  const idsOf = (elements) => new Set(elements.map((one) => one.id));
  const textOf = (notice) => [...notice.childNodes].filter((part) => part.nodeName !== "BUTTON").map((part) => part.textContent).join("").trim();
  let known = new Set();
  let marked = new Set();
  let feed = null;
  let settling = 0;

  function look() {
    for (const notice of notices()) if (!known.has(notice.id)) say(textOf(notice));
    if (known.has("sb-notice-stopped") && !$("sb-notice-stopped")) say("Recording goes on.");
    known = idsOf(notices());
    if (feed !== $("sb-feed")) {
      clearTimeout(settling);
      settling = setTimeout(tellRows, SETTLED_MS);
    } else {
      // That recording was stopped is said by the notice.
      for (const row of markers()) if (!marked.has(row.id) && !row.matches(".sb-marker-stopped")) say(row.textContent.trim());
    }
    begin();
  }

  function begin() {
    feed = $("sb-feed");
    marked = idsOf(markers());
  }

  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail.ctx.sourceElement.id === "sb-clear") say("Cleared");
  });

  // After a filter, or as the rows are let go. What is wrong with a filter is said beside it.
  function tellRows() {
    if ($("sb-filter-error")?.childElementCount) return;
    const number = document.querySelectorAll("#sb-rows .sb-row").length;
    say(number ? plural(number, "row", "rows") : document.querySelector(".sb-empty h2").textContent);
  }

  for (const name of ["htmx:after:swap", "htmx:after:ws:message"]) document.addEventListener(name, look);

  document.addEventListener("DOMContentLoaded", () => {
    known = idsOf(notices());
    begin();
  });
})();
