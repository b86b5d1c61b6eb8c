// A file for import: chosen, or dropped anywhere on the page, sent, and read by the server, which says how far it is.
// Only its size is looked at here.

(() => {
  "use strict";

  const sheet = document.getElementById("sb-import");
  const form = document.getElementById("sb-import-form");
  const input = document.getElementById("sb-import-file");
  const said = document.getElementById("sb-import-said");
  const size = window.signalboxSize;

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

  let sending = null;

  form.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    if (file.size <= Number(form.dataset.most)) bring(file);
    else say(`Not opened. Expected a file of at most ${form.dataset.mostWords}, got ${size(file.size)}.`, "sb-bad");
    // The same file may be chosen again once it was mended.
    input.value = "";
  });

  // `fetch`, and so htmx, says nothing of what was sent yet.
  function bring(file) {
    sending?.abort();
    say("");
    const request = (sending = new XMLHttpRequest());
    const progress = window.signalboxProgress(document.getElementById("sb-import-progress"), () => request.abort());
    progress.tell("Sending", 0, 0);
    request.upload.onprogress = ({ loaded, total }) => {
      progress.tell(`Sent ${size(Math.min(loaded, file.size))} of ${size(file.size)}`, loaded, total);
    };
    request.upload.onload = () => progress.tell("Sent; the server reads it", 0, 0);
    request.onprogress = () => {
      const told = last(request.responseText);
      if (told?.of === undefined) return;
      const isRead = told.read >= told.of;
      progress.tell(isRead ? "Checking and keeping it" : `Read ${told.read.toLocaleString("en")} of ${told.of.toLocaleString("en")} records`, told.read, isRead ? 0 : told.of);
    };
    request.onloadend = () => {
      progress.end();
      if (sending === request) sending = null;
    };
    request.onload = () => finish(request);
    request.onerror = () => say("The server does not answer; nothing was opened.", "sb-bad");
    request.onabort = () => say("Cancelled; nothing was opened.", "sb-mute");
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    const body = new FormData();
    body.append("file", file);
    request.send(body);
  }

  // The last whole line of an answer that is still coming.
  function last(text) {
    const lines = text.slice(0, text.lastIndexOf("\n") + 1).trimEnd().split("\n");
    return JSON.parse(lines.at(-1) || "null");
  }

  function finish(request) {
    if (request.status !== 200) return say(`The server answered ${request.status}; nothing was opened.`, "sb-bad");
    const said = last(request.responseText);
    if (said?.open) location.assign(said.open);
    else if (said?.problem) say(`Not opened. ${said.problem} Nothing has changed.`, "sb-bad");
    else say("The server broke off; nothing was opened.", "sb-bad");
  }

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
