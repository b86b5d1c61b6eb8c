// A file for import: chosen, or dropped anywhere on the page. The server reads it; only its size is looked at here.

(() => {
  "use strict";

  const sheet = document.getElementById("sb-import");
  const form = document.getElementById("sb-import-form");
  const input = document.getElementById("sb-import-file");
  const said = document.getElementById("sb-import-said");

  function say(sentence, kind = "") {
    const line = document.createElement("p");
    line.className = kind;
    line.textContent = sentence;
    said.replaceChildren(...(sentence ? [line] : []));
  }

  sheet.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    say("");
    htmx.trigger("#sb-shelf", "signalbox:shelf");
  });

  form.addEventListener("change", (event) => {
    const [file] = input.files;
    const most = Number(form.dataset.most);
    if (file && file.size <= most) return say(`Reading ${file.name}…`, "sb-mute");
    event.stopImmediatePropagation();
    if (file) say(`Not opened. Expected a file of at most ${most >> 20} MiB, got ${Math.ceil(file.size / 2 ** 20)} MiB.`, "sb-bad");
    input.value = "";
  }, { capture: true });

  // The same file may be chosen again once it was mended.
  form.addEventListener("htmx:after:request", () => { input.value = ""; });
  form.addEventListener("htmx:error", () => say("The server does not answer; nothing was opened.", "sb-bad"));

  const hasFile = (event) => event.dataTransfer?.types.includes("Files");

  document.addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    if (!sheet.matches(":popover-open")) sheet.showPopover();
    form.classList.add("sb-is-over");
  });

  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("sb-is-over");
  });

  document.addEventListener("drop", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    form.classList.remove("sb-is-over");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
