// The filter's input: the list of completions, and chips that can be written anew.
(() => {
  "use strict";

  const $ = (id) => document.getElementById(id);
  const options = () => [...document.querySelectorAll("#sb-complete .sb-option")];
  const chosen = () => document.querySelector('#sb-complete .sb-option[aria-selected="true"]');

  function showOptions(isOpen) {
    $("sb-complete")?.classList.toggle("sb-is-open", isOpen);
    $("sb-draft")?.setAttribute("aria-expanded", String(isOpen && options().length > 0));
    if (!isOpen) choose(null);
  }

  // The list may come anew between the arrow and Enter; what was chosen stays so.
  let wanted = null;

  function choose(option) {
    wanted = option?.dataset.text ?? null;
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) $("sb-draft").setAttribute("aria-activedescendant", option.id);
    else $("sb-draft")?.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function accept(option) {
    const draft = $("sb-draft");
    const { start, end, text } = option.dataset;
    // More may have been typed since the list was asked for.
    draft.setRangeText(text, Number(start), Math.max(Number(end), draft.selectionEnd), "end");
    draft.focus();
    draft.dispatchEvent(new Event("input", { bubbles: true }));
    if (!text.endsWith(":")) showOptions(false);
  }

  function editTerm(chip) {
    const draft = $("sb-draft");
    draft.value = `${chip.querySelector("input").value} ${draft.value}`.trim();
    chip.remove();
    draft.focus();
    draft.setSelectionRange(draft.value.length, draft.value.length);
  }

  function typed(event) {
    const list = options();
    const at = list.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      showOptions(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(list[(at + step + list.length) % list.length] ?? null);
    } else if ((event.key === "Enter" || event.key === "Tab") && chosen()) {
      event.preventDefault();
      accept(chosen());
    } else if (event.key === "Enter") {
      showOptions(false);
    } else if (event.key === "Escape") {
      if ($("sb-complete").classList.contains("sb-is-open") && list.length) showOptions(false);
      else $("sb-scroll").focus({ preventScroll: true });
    } else if (event.key === "Backspace" && !event.target.value) {
      const chip = [...document.querySelectorAll(".sb-chip")].pop();
      if (chip) {
        event.preventDefault();
        editTerm(chip);
      }
    }
  }

  document.addEventListener("input", (event) => {
    if (event.target.id !== "sb-draft") return;
    choose(null);
    showOptions(true);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.id !== "sb-draft" && !event.target.closest?.("#sb-complete")) showOptions(false);
  });
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest(".sb-option");
    if (option) {
      event.preventDefault();
      accept(option);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.id === "sb-draft") typed(event);
  });

  document.addEventListener("click", (event) => {
    const text = event.target.closest('[data-action="edit-term"]');
    if (text) editTerm(text.closest(".sb-chip"));
  });

  document.addEventListener("htmx:config:request", (event) => {
    const { sourceElement, request } = event.detail.ctx;
    if (sourceElement.id === "sb-draft") {
      // In the order in which they stand, which is the order that an error's place is told in.
      request.body.delete("filter");
      for (const part of new FormData($("sb-filter")).getAll("filter")) request.body.append("filter", part);
    }
    if (sourceElement.id === "sb-complete") request.body.set("cursor", $("sb-draft").selectionStart);
  });

  // `hx-sync="replace"` of htmx 4 loses sight of a request that took the place of another, and its answer comes as
  // late as it likes: only that to the last one of an element counts.
  const asked = new WeakMap();

  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceElement.getAttribute("hx-sync") === "replace") asked.set(ctx.sourceElement, ctx);
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    if ((asked.get(ctx.sourceElement) ?? ctx) !== ctx) event.preventDefault();
  });

  document.addEventListener("htmx:after:swap", () => {
    const list = $("sb-complete");
    if (!list) return;
    showOptions(document.activeElement?.id === "sb-draft" && list.classList.contains("sb-is-open"));
    // Rows come in by swaps too, and must not scroll a list that is being read.
    if (wanted !== null && !chosen()) choose(options().find((one) => one.dataset.text === wanted));
  });
})();
