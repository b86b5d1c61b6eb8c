// A download that says how far it has come. Where this does not run, the link downloads by itself.

(() => {
  "use strict";

  const size = window.signalboxSize;
  const element = document.getElementById("sb-export-progress");
  const say = (sentence) => document.dispatchEvent(new CustomEvent("signalbox:say", { detail: sentence }));
  let running = null;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#sb-export");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (!running) fetchAll(link.href);
  });

  async function fetchAll(url) {
    running = new AbortController();
    const progress = window.signalboxProgress(element, () => running.abort());
    progress.tell("Looking through what is kept", 0, 0);
    try {
      const answer = await fetch(url, { signal: running.signal });
      if (!answer.ok) return say(answer.status < 500 || answer.headers.get("Content-Type")?.startsWith("text/plain") ? `Nothing was exported. ${(await answer.text()).trim()}` : `The server answered ${answer.status}; nothing was exported.`);
      const records = Number(answer.headers.get("Signalbox-Records"));
      const { parts, bytes } = await readAll(answer.body.getReader(), (read, bytes) =>
        progress.tell(`Exported ${read.toLocaleString("en")} of ${records.toLocaleString("en")} records, ${size(bytes)}`, read, records));
      save(parts, /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1]);
      const most = Number(element.dataset.most);
      const isTooMany = records > most ? ` Import takes ${most.toLocaleString("en")} at most; a filter makes them fewer.` : "";
      say(`Exported ${records.toLocaleString("en")} ${records === 1 ? "record" : "records"}, ${size(bytes)}.${isTooMany}`);
    } catch (error) {
      say(error.name === "AbortError" ? "Cancelled; nothing was exported." : "The server does not answer; nothing was exported.");
    } finally {
      progress.end();
      running = null;
    }
  }

  async function readAll(reader, tell) {
    const parts = [];
    let bytes = 0;
    let lines = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { parts, bytes };
      parts.push(value);
      bytes += value.length;
      for (let at = value.indexOf(10); at >= 0; at = value.indexOf(10, at + 1)) lines += 1;
      tell(Math.max(lines - 1, 0), bytes); // The first line is the header.
    }
  }

  function save(parts, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(parts, { type: "application/x-ndjson" }));
    link.download = name;
    link.click();
    // Chromium has begun to read it only after this task.
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
})();
