// To the clipboard: a tree as the server writes it, or a line to be pasted. What was copied is said.

(() => {
  "use strict";

  const said = document.getElementById("sb-said");
  let silence = 0;

  function say(sentence) {
    clearTimeout(silence);
    said.textContent = sentence;
    silence = setTimeout(() => { said.textContent = ""; }, 4000);
  }

  async function write(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Over plain HTTP by another name than localhost a page has no clipboard; what is selected it may copy.
    }
    const focused = document.activeElement;
    const area = document.createElement("textarea");
    area.className = "sb-copy-area";
    area.readOnly = true;
    area.value = text;
    area.setAttribute("aria-label", "What is copied");
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    focused?.focus({ preventScroll: true });
    return isCopied;
  }

  // Other scripts of the page have things to say too.
  document.addEventListener("signalbox:say", (event) => say(event.detail));

  const names = { markdown: "as Markdown", json: "as JSON", test: "as a pytest test" };

  async function copyTree(button) {
    const open = document.querySelector("#sb-detail > .sb-detail-body").dataset.open;
    const query = new URLSearchParams({ open, as: button.dataset.copyAs });
    const response = await fetch(`${document.body.dataset.page}written/?${query}`);
    const text = await response.text();
    if (!response.ok) return say(text.trim());
    const isCopied = await write(text);
    const lines = text.trimEnd().split("\n").length.toLocaleString("en");
    say(isCopied ? `Copied ${names[button.dataset.copyAs]}, ${lines} lines.` : "The browser lets this page copy nothing.");
  }

  async function copyCode(button) {
    const code = button.parentElement.querySelector("code");
    const isCopied = await write(code.textContent);
    if (!isCopied) getSelection().selectAllChildren(code);
    button.textContent = isCopied ? "Copied" : "Selected";
    say(isCopied ? "Copied." : "Selected: the browser lets this page copy nothing.");
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  document.addEventListener("click", (event) => {
    const tree = event.target.closest("[data-copy-as]");
    const code = event.target.closest('[data-action="copy"]');
    const copying = tree ? copyTree(tree) : code ? copyCode(code) : null;
    copying?.catch(() => say("The server does not answer; nothing was copied."));
  });
})();
