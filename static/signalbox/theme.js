// Puts the chosen colours on before anything is painted, so that the page does not flash.
(() => {
  try {
    const theme = localStorage.getItem("signalbox.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    for (const [name, least, most] of [["aside", 180, 640], ["detail", 120, 1200]]) {
      const size = Number(localStorage.getItem(`signalbox.${name}`));
      if (size >= least && size <= most) document.documentElement.style.setProperty(`--sb-${name}`, `${size}px`);
    }
  } catch {
    // Storage may be forbidden; the page then has the system's colours.
  }
})();
