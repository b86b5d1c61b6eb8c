// What a person waits for: an answer that takes its time is seen to be under way, one that does not come is told of.

(() => {
  "use strict";

  const SLOW_MS = 200; // what is answered sooner must not flash
  const waiting = new Map();

  // What the page asks for by itself, again and again, nobody waits for.
  const isAsked = (ctx) => !/every/.test(ctx.sourceElement?.getAttribute?.("hx-trigger") ?? "");

  function begin(target) {
    target.classList.add("sb-is-waiting");
    target.setAttribute("aria-busy", "true");
    // Where something opens, its place opens first.
    if (target.id !== "sb-detail" || target.firstElementChild) return;
    target.append(document.getElementById("sb-opening").content.cloneNode(true));
  }

  function end(target) {
    target.classList.remove("sb-is-waiting");
    target.removeAttribute("aria-busy");
    target.querySelector(":scope > .sb-is-opening")?.remove();
  }

  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (!isAsked(ctx) || ctx.swap === "none" || !(ctx.target instanceof Element)) return;
    waiting.set(ctx, setTimeout(begin, SLOW_MS, ctx.target));
  });

  document.addEventListener("htmx:finally:request", (event) => {
    const { ctx } = event.detail;
    if (!waiting.has(ctx)) return;
    clearTimeout(waiting.get(ctx));
    waiting.delete(ctx);
    // Another answer may be under way for the same place.
    if (![...waiting.keys()].some((one) => one.target === ctx.target)) end(ctx.target);
  });

  const say = (sentence) => document.dispatchEvent(new CustomEvent("signalbox:say", { detail: sentence }));

  document.addEventListener("htmx:error", (event) => {
    const { ctx, error } = event.detail;
    if (ctx && isAsked(ctx) && error?.name !== "AbortError") say("The server does not answer; nothing was changed.");
  });

  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const status = ctx?.response?.status ?? 200;
    if (status < 400) return;
    // A page of errors is no part of this one.
    event.preventDefault();
    if (isAsked(ctx)) say(`The server answered ${status}; nothing was changed here. Its log says why.`);
  });
})();
