// How far an import or an export has come: its element, shown once it takes longer than a blink.

window.signalboxProgress = (element, cancel) => {
  "use strict";

  const SLOW_MS = 200;
  const bar = element.querySelector("progress");
  const said = element.querySelector(".sb-progress-said");
  const button = element.querySelector("button");
  const showing = setTimeout(() => { element.hidden = false; }, SLOW_MS);
  button.addEventListener("click", cancel);

  return {
    // A share of which nothing is known is a bar that goes to and fro.
    tell(sentence, done, of) {
      said.textContent = sentence;
      if (of > 0) {
        bar.max = of;
        bar.value = Math.min(done, of);
      } else bar.removeAttribute("value");
    },
    end() {
      clearTimeout(showing);
      element.hidden = true;
      button.removeEventListener("click", cancel);
    },
  };
};

window.signalboxSize = (bytes) => {
  if (bytes < 1000) return `${bytes} B`;
  const [amount, unit] = bytes < 999_500 ? [bytes / 1e3, "kB"] : bytes < 999_500_000 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${amount < 9.95 ? amount.toFixed(1).replace(".0", "") : Math.round(amount)} ${unit}`;
};
