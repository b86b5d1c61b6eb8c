// Finds out what the browser lacks for the page, before anything newer is read. Written as for a browser of 2010.
(function () {
  "use strict";
  var root = document.documentElement;
  var supports = function (text) { return !!(window.CSS && CSS.supports && CSS.supports(text)); };
  var needs = [
    ["popovers", typeof HTMLElement === "function" && "popover" in HTMLElement.prototype],
    ["the selector :has()", supports("selector(:has(a))")],
    ["colours for light and dark", supports("(color: light-dark(#000, #fff))")],
    ["Object.hasOwn", typeof Object.hasOwn === "function"],
    ["AbortSignal.timeout", typeof AbortSignal === "function" && typeof AbortSignal.timeout === "function"]
  ];
  var lacks = [];
  for (var i = 0; i < needs.length; i += 1) if (!needs[i][1]) lacks.push(needs[i][0]);
  if (!lacks.length) return;
  root.className += " sb-is-too-old";
  document.addEventListener("DOMContentLoaded", function () {
    var notice = document.getElementById("sb-too-old");
    if (!notice) return;
    document.getElementById("sb-lacks").textContent = lacks.join(", ");
    notice.removeAttribute("hidden");
    document.getElementById("sb-not-started").setAttribute("hidden", "");
  });
})();
