// What HTML cannot do: following and freezing, the socket's cursor, keys, the completion's list, columns.
// The state is the URL and the DOM; everything that shows a dispatch comes from the server as HTML.
// It runs before htmx, for a socket may be open before a script that comes after htmx has begun to listen.
(() => {
  "use strict";

  const MAX_ROWS = 500;
  const $ = (id) => document.getElementById(id);
  const feed = () => $("sb-feed");
  // What the socket is of: the feed, or on its own page the map.
  const live = () => feed() ?? $("sb-map");
  const scroller = () => $("sb-scroll");
  const isFrozen = () => live()?.classList.contains("sb-is-frozen") ?? false;
  const pageUrl = document.body.dataset.page;
  // A recording stands still: there is no socket, nothing to follow and nothing to freeze.
  const isRecorded = document.body.classList.contains("sb-is-recorded");
  const title = document.title;
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`signalbox:${name}`, { detail }));
  let shownFeed = null;
  let socket = null;
  let lastTop = 0;
  let unseen = 0;
  let losing = 0;
  let wasLive = false;
  let isLost = false;
  // Where no socket can be had the server puts in what polls instead, at once or when the page says that none opened.
  const poller = () => $("sb-poll");
  const FALLING = 3; // attempts in vain before the page asks to poll
  let attempts = 0;
  let hasOpened = false;
  let isWithoutSocket = false;
  let isAnswered = true;
  let panels = "";
  // A server may stand still and its socket stay open: where it has been silent it is asked whether it is there.
  const QUIET_MS = 3000;
  const SILENT_MS = 5000;
  const GIVEN_UP_MS = 30_000; // then the socket is closed, and another one tried
  let heardAt = 0;
  let askedAt = 0;
  let isSilent = false;
  // The server's reload takes less; whoever is away for longer is told of.
  const AWAY_MS = 4000;
  const zone = new Intl.DateTimeFormat("en", { timeZoneName: "short" });
  let lostAt = 0;
  let telling = 0;

  // -- the URL -------------------------------------------------------------------------------------

  function setParameters(values, isNew = false) {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(values)) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    if (url.href === location.href) return;
    if (isNew) history.pushState({ htmx: true }, "", url);
    else history.replaceState(history.state, "", url);
  }

  function get(values, target = "#sb-feed", swap = "outerHTML", path = pageUrl) {
    const url = new URL(path, location.href);
    if (path === pageUrl) url.search = location.search;
    for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
    return htmx.ajax("GET", url.pathname + url.search, { target, swap });
  }

  // The timeline has chosen a range of moments, in milliseconds, or none.
  document.addEventListener("signalbox:range", (event) => {
    setParameters({ freeze: "" });
    get(event.detail);
  });

  function addTerm(field, value, exclude) {
    setParameters({ freeze: "" });
    get(exclude ? { field, value, exclude: "1" } : { field, value });
  }

  // -- following and freezing ----------------------------------------------------------------------

  function follow() {
    const box = scroller();
    if (!box || isFrozen()) return;
    if (isRecorded) {
      // Its end once, as it comes; rows that are put in later move nothing.
      if (shownFeed !== feed()) box.scrollTop = box.scrollHeight;
      shownFeed = feed();
      return;
    }
    trim($("sb-rows"));
    box.scrollTop = box.scrollHeight;
    lastTop = box.scrollTop;
  }

  // Not the row that has the focus: it goes with the others once the focus has gone elsewhere.
  function trim(rows) {
    const earlier = $("sb-earlier");
    const isKept = (row) => row === earlier || row.contains(document.activeElement);
    let excess = rows.rows.length - MAX_ROWS;
    if (excess > 0 && earlier) askByRow(earlier);
    for (const row of [...rows.rows].slice(0, excess + 2)) {
      if (excess <= 0) return;
      if (isKept(row)) continue;
      row.remove();
      excess -= 1;
    }
  }

  // Rows have gone from the page, and how far the store was searched says nothing of these.
  function askByRow(earlier) {
    const button = earlier.querySelector("button");
    earlier.querySelector("span")?.remove();
    delete button.dataset.below;
    button.hidden = false;
  }

  // A dispatch stands once, where it stood first and as it was drawn last: one that the page has may come again as it
  // ends, from a server that does not know that.
  function dropDoubles() {
    const seen = new Map();
    for (const row of document.querySelectorAll("#sb-rows > tr[id]")) {
      const before = seen.get(row.id);
      // What was running when it came by polling has failed meanwhile.
      if (before?.matches(".sb-took-running") && row.matches(".sb-took-error")) tell("reached", { added: 0, errors: 1 });
      before?.replaceWith(row);
      seen.set(row.id, row);
    }
    tell("redrawn");
  }

  function showFreeze() {
    const button = $("sb-freeze");
    if (!button || !live()) return;
    button.setAttribute("aria-pressed", String(isFrozen()));
    button.querySelector(".sb-freeze-word").textContent = isFrozen() ? "Frozen" : "Freeze";
  }

  function freeze() {
    if (isRecorded || isFrozen() || !live()) return;
    live().classList.add("sb-is-frozen");
    setParameters({ freeze: live().dataset.cursor });
    say({ frozen: true });
    showFreeze();
    tell("speak", "Frozen");
  }
  document.addEventListener("signalbox:freeze", freeze);

  function unfreeze() {
    setParameters({ freeze: "" });
    if (feed()) {
      get({});
      return;
    }
    live().classList.remove("sb-is-frozen");
    tell("speak", "No longer frozen");
    say({ frozen: false });
    showFreeze();
  }

  // Only a person freezes: rows that are measured as they come into sight move the scroller too.
  let handAt = -Infinity;
  const SCROLL_KEYS = new Set(["ArrowUp", "PageUp", "Home"]);

  function noteHand(event) {
    if (event.type === "keydown" && !SCROLL_KEYS.has(event.key)) return;
    if (event.type.startsWith("pointer") && !(event.target === scroller() && event.buttons)) return;
    handAt = performance.now();
  }
  for (const type of ["wheel", "touchmove", "keydown", "pointerdown", "pointermove"]) {
    document.addEventListener(type, noteHand, { capture: true, passive: true });
  }

  document.addEventListener("scroll", (event) => {
    const box = scroller();
    if (event.target !== box) return;
    const isAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 4;
    const isByHand = performance.now() - handAt < 1000;
    if (isByHand && box.scrollTop < lastTop - 2 && !isAtEnd) freeze();
    lastTop = box.scrollTop;
  }, true);

  // -- the socket ----------------------------------------------------------------------------------

  function say(message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function hear() {
    heardAt = performance.now();
    isSilent = false;
  }

  function listen() {
    const now = performance.now();
    if (askedAt > heardAt) {
      if (now - askedAt > SILENT_MS && !isSilent) {
        isSilent = true;
        showConnection(false);
      }
      if (now - askedAt > GIVEN_UP_MS) socket?.close();
    } else if (socket?.readyState === WebSocket.OPEN && now - heardAt > QUIET_MS) {
      askedAt = now;
      say({ alive: true });
    }
  }

  function showConnection(isLive) {
    clearTimeout(losing);
    // A filter that changes closes one socket and opens the next; that is no loss.
    if (isLive) drawConnection(true);
    else losing = setTimeout(drawConnection, wasLive ? 500 : 3000, false);
  }

  function drawConnection(isLive) {
    if (isRecorded) return;
    const lamp = $("sb-lamp");
    const isStopped = $("sb-record")?.classList.contains("sb-is-stopped");
    const isPolled = poller() !== null;
    const isBroken = $("sb-notice-problem") !== null;
    const way = isPolled ? ["polled", "Polling each second"] : ["live", "Live"];
    const running = isBroken ? ["broken", "The store cannot be read"] : isStopped ? ["stopped", "Recording is stopped"] : way;
    const [kind, said] = isLive ? running : ["lost", "Not connected"];
    lamp.className = `sb-lamp sb-is-${kind}`;
    lamp.title = said;
    if (isLive && isLost) tell("speak", "Connected again");
    isLost = !isLive && wasLive;
    wasLive ||= isLive;
    const isMeant = isPolled || live().hasAttribute("hx-ws:connect");
    const state = $("sb-state");
    const words = isLive ? (isPolled ? "Polling each second: no websocket here" : "") : !isMeant ? "" : wasLive ? "Reconnecting…" : "Not connected";
    // Put in anew, the same words would be read anew.
    if (state.textContent !== words) state.textContent = words;
    state.classList.toggle("sb-is-polled", isLive && isPolled);
    $("sb-why-polled").hidden = !isPolled;
    tellLoss(!isLive && isMeant);
  }

  const isConnected = () => !isSilent && (poller() ? isAnswered : socket?.readyState === WebSocket.OPEN);

  // What is lost is told beside the rows, which stay as they are, and once it is known why.
  function tellLoss(isLost) {
    if (!isLost) {
      clearInterval(telling);
      lostAt = telling = 0;
      $("sb-lost").hidden = true;
      return;
    }
    if (lostAt) return;
    lostAt = Date.now();
    telling = setInterval(tellWhy, AWAY_MS);
    if (isSilent) tellWhy();
  }

  async function tellWhy() {
    const why = await reasonOfLoss();
    if (!lostAt || !why) return;
    const card = $("sb-lost");
    const at = new Date(lostAt);
    const since = card.querySelector("time");
    since.dataset.since = lostAt * 1000;
    since.dateTime = at.toISOString();
    since.title = `since ${at.toLocaleString("sv")}.${String(lostAt % 1000).padStart(3, "0")} ${zone.format(at).split(", ").pop()}`;
    tick();
    for (const one of card.querySelectorAll("[data-why]")) one.hidden = one.dataset.why !== why;
    card.hidden = false;
  }

  // "away": nobody listens; "still": it takes the question and does not answer; "proxy"; "socket": it answers this.
  async function reasonOfLoss() {
    try {
      const answer = await fetch(`${pageUrl}help/`, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(AWAY_MS - 500) });
      if (answer.status === 403) location.reload();
      return answer.status < 500 ? "socket" : "proxy";
    } catch (error) {
      return error.name === "TimeoutError" ? "still" : "away";
    }
  }

  document.addEventListener("htmx:after:ws:connection", (event) => {
    socket = event.detail.connection.socket;
    hasOpened = true;
    const { cursor, epoch } = live().dataset;
    hear();
    askedAt = 0;
    say({ resume: Number(cursor), epoch, frozen: isFrozen() });
    showConnection(true);
  });

  document.addEventListener("htmx:ws:close", (event) => {
    if (event.detail.reason === "removed") return;
    askedAt = 0;
    isSilent = false;
    showConnection(false);
    attempts += 1;
    if (!hasOpened && attempts === FALLING) pollInstead();
  });

  function pollInstead() {
    isWithoutSocket = true;
    if (feed()) get({});
    else get({}, "#sb-map", "outerHTML", location.pathname + location.search);
  }

  document.addEventListener("htmx:after:ws:message", (event) => {
    const message = event.detail.message.json;
    if (!message) return;
    hear();
    if (message.alive) {
      showConnection(true);
      return;
    }
    // A push that was under way when the rows were frozen belongs to them; one that comes while they are let go does not.
    if (isFrozen() && new URLSearchParams(location.search).has("freeze")) setParameters({ freeze: String(message.cursor) });
    say({ ack: message.cursor });
    reach(message);
    settle();
  });

  function reach({ cursor, epoch, added, errors }) {
    live().dataset.cursor = cursor;
    live().dataset.epoch = epoch;
    // What comes while the rows stand is told by the pill.
    if (!isFrozen()) tell("reached", { added, errors });
    if (!document.hidden) return;
    unseen += added ?? 0;
    if (unseen) document.title = `(${unseen}) ${title}`;
  }

  // -- polling, where there is no socket -----------------------------------------------------------

  const isPoll = (ctx) => ctx?.sourceElement?.id === "sb-poll";

  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    if (isWithoutSocket) ctx.request.headers["Signalbox-Polls"] = "1";
    if (!isPoll(ctx)) return;
    if (askedAt <= heardAt) askedAt = performance.now();
    const { cursor, epoch } = live().dataset;
    const asked = { cursor, epoch, frozen: isFrozen() ? "1" : "", panels };
    for (const [name, value] of Object.entries(asked)) ctx.request.body.set(name, value);
  });

  // An answer to a page that stands elsewhere by now, filtered anew or frozen meanwhile, is dropped and asked for again.
  function isOutdated(ctx) {
    const asked = new URL(ctx.request.action, location.href).searchParams;
    return ctx.sourceElement !== poller() || asked.get("cursor") !== live().dataset.cursor || (asked.get("frozen") === "1") !== isFrozen();
  }

  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    if (isPoll(ctx) && (!ctx.response.headers.has("Signalbox-Reached") || isOutdated(ctx))) event.preventDefault();
  });

  // Comes before what every swap is followed by.
  document.addEventListener("htmx:after:swap", (event) => {
    const ctx = event.detail?.ctx;
    if (!isPoll(ctx)) return;
    const reached = JSON.parse(ctx.response.headers.get("Signalbox-Reached"));
    panels = reached.panels;
    isAnswered = true;
    hear();
    reach(reached);
  });

  for (const name of ["htmx:error", "htmx:response:error"]) {
    document.addEventListener(name, (event) => {
      if (!poller() || event.detail.ctx?.sourceElement !== poller()) return;
      isAnswered = false;
      hear();
      showConnection(false);
    });
  }

  function settle() {
    dropDoubles();
    follow();
    find();
    tick();
    markOpen();
    // What was chosen by hand stays chosen, whatever the server says of the options.
    if ($("sb-chosen")) $("sb-chosen").value = parameter("process");
    showConnection(isConnected());
  }

  // -- rows ----------------------------------------------------------------------------------------

  const parameter = (name) => new URLSearchParams(location.search).get(name) ?? "";
  const openId = () => parameter("open");
  const isPanel = (id) => /^(signal:|receiver:|(findings|comparison)$)/.test(id);

  function markOpen() {
    const id = openId();
    for (const row of document.querySelectorAll('.sb-row[aria-selected="true"]')) {
      if (row.dataset.id !== id) row.setAttribute("aria-selected", "false");
    }
    for (const row of document.querySelectorAll(".sb-row")) row.classList.toggle("sb-is-before", row.dataset.id === parameter("before"));
    for (const name of document.querySelectorAll(".sb-registry [aria-current]")) name.removeAttribute("aria-current");
    if (!id) return;
    for (const row of document.querySelectorAll(`.sb-row[data-id="${CSS.escape(id)}"]`)) row.setAttribute("aria-selected", "true");
    const entry = document.querySelector(`.sb-entry-name[data-open="${CSS.escape(id)}"]`);
    entry?.setAttribute("aria-current", "true");
  }

  // Where the feed is the same, going back and forward changes only what is open below it. The rows know what they
  // are of; what the address said as they came may have changed since.
  function isFeedOfAddress() {
    const shown = new URLSearchParams(feed().dataset.query);
    const wanted = new URLSearchParams(location.search);
    const text = (query, name) => query.getAll(name).map((part) => part.trim()).filter(Boolean).join(" ");
    return ["filter", "view", "process"].every((name) => text(shown, name) === text(wanted, name)) && isFrozen() === wanted.has("freeze");
  }

  function load() {
    const id = openId();
    markOpen();
    loadMark();
    if (id) {
      lastOpen = id === "comparison" ? parameter("before") : id;
      return get({ open: id, at: parameter("at"), before: parameter("before") }, "#sb-detail", "innerHTML", `${pageUrl}opened/`);
    }
    const isInside = $("sb-detail").contains(document.activeElement);
    $("sb-detail").replaceChildren();
    if (isInside) leave();
    return null;
  }

  // The strip of what is marked goes by the address, too.
  function loadMark() {
    const before = parameter("before");
    const strip = $("sb-mark");
    if (strip.firstElementChild?.dataset.before === before) return;
    if (before) get({ before }, "#sb-mark", "innerHTML", `${pageUrl}mark/`);
    else strip.replaceChildren();
    tell("redrawn");
  }

  function mark(id) {
    setParameters({ before: id, open: "comparison", at: "" }, true);
    load();
  }

  function unmark() {
    const isCompared = openId() === "comparison";
    setParameters({ before: "", ...(isCompared && { open: "", at: "" }) }, true);
    load();
  }

  function compare(at) {
    setParameters({ open: "comparison", at }, true);
    load();
  }

  document.addEventListener("change", (event) => event.target.id === "sb-after" && compare(event.target.value));

  function unfold(button) {
    button.closest("tbody").nextElementSibling.hidden = false;
    button.closest(".sb-compared").focus({ preventScroll: true });
    button.closest("tbody").remove();
  }

  // Whoever goes from row to row does not want to go back through each of them.
  function open(id, at = "", isByKey = false) {
    const isInside = $("sb-detail").contains(document.activeElement);
    if (!isInside) opener = document.activeElement;
    if (isByKey && !isInside && id === openId() && $("sb-detail").childElementCount) {
      enter();
      return;
    }
    setParameters({ open: id, at }, !openId() || isPanel(id) || isPanel(openId()));
    const loaded = load();
    if (isSheet()) loaded.then(enter);
  }
  document.addEventListener("signalbox:open", (event) => open(event.detail));

  // Enter on what is open goes into it; where there is little room it lies over all else, and is gone into at once.
  const isSheet = () => getComputedStyle($("sb-detail")).position === "fixed";
  let opener = null;
  let lastOpen = openId();

  function enter() {
    const detail = $("sb-detail");
    if (detail.childElementCount && !detail.contains(document.activeElement)) detail.focus({ preventScroll: true });
  }

  // Back to where it was opened, or what stands for that.
  function leave() {
    const named = CSS.escape(lastOpen);
    const rows = document.querySelectorAll(`#sb-rows .sb-row[data-id="${named}"], #sb-rows [data-open="${named}"]`);
    const entry = document.querySelector(`.sb-entry-name[data-open="${named}"]`);
    for (const place of [...rows, entry, opener, scroller()]) {
      place?.focus({ preventScroll: true });
      if (document.activeElement === place) return;
    }
  }

  function showSource(at) {
    setParameters({ at }, true);
    load();
  }

  function close() {
    if (closeSheet()) return;
    setParameters({ open: "", at: "" });
    load();
  }

  // The registry as a sheet, where there is little room: it lies over all else.
  function openSheet() {
    document.body.classList.add("sb-is-registry-open");
    $("sb-find").focus();
  }

  function closeSheet() {
    const { classList } = document.body;
    if (!classList.contains("sb-is-registry-open")) return false;
    classList.remove("sb-is-registry-open");
    document.querySelector('[data-action="open-registry"]').focus();
    return true;
  }

  document.addEventListener("htmx:before:history:restore", (event) => {
    if (!feed() || !isFeedOfAddress()) return;
    event.preventDefault();
    load();
  });

  // An answer that comes when something else is open already, or nothing any more, is dropped.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const asked = new URL(ctx.request?.action ?? "", location.href);
    if (asked.pathname !== new URL(`${pageUrl}opened/`, location.href).pathname) return;
    const isWanted = ["open", "at", "before"].every((name) => (asked.searchParams.get(name) ?? "") === parameter(name));
    if (!isWanted) event.preventDefault();
  });

  // Once for each source: what is drawn anew while it is read must not move it.
  let scrolledFor = "";

  function scrollToMark() {
    const line = document.querySelector("#sb-detail .sb-is-marked");
    const shown = line ? `${openId()} ${parameter("at")}` : "";
    if (shown === scrolledFor) return;
    scrolledFor = shown;
    if (!line) return;
    // Where there is little room the whole of what is open scrolls.
    const box = [line.closest(".sb-waterfall"), line.closest(".sb-detail-body")].find((one) => one.scrollHeight > one.clientHeight && getComputedStyle(one).overflowY === "auto");
    if (box) box.scrollTop += line.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
  }

  // What opens takes the room at the bottom; where nothing is followed the row would be lost behind it.
  let keptFor = "";

  function keepInSight() {
    if (!isRecorded || keptFor === openId()) return;
    keptFor = openId();
    document.querySelector('.sb-row[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  function replaceWithRows(element, values) {
    freeze();
    const feedUrl = new URL(feed().dataset.query || "?", location.href);
    get({ ...Object.fromEntries(feedUrl.searchParams), ...values }, `#${CSS.escape(element.id)}`, "outerHTML", `${pageUrl}rows/`);
  }

  function tick() {
    for (const element of document.querySelectorAll("[data-since]")) {
      const seconds = Math.max(Date.now() / 1000 - Number(element.dataset.since) / 1e6, 0);
      element.textContent = seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
    }
  }
  setInterval(tick, 1000);
  setInterval(listen, 1000);

  // -- registry ------------------------------------------------------------------------------------

  function find() {
    const wanted = $("sb-find")?.value.trim().toLowerCase() ?? "";
    for (const signal of document.querySelectorAll(".sb-signal-entry")) {
      const isItself = signal.dataset.find.includes(wanted);
      let isAny = isItself;
      for (const receiver of signal.querySelectorAll(".sb-receiver-entry")) {
        const isFound = isItself || receiver.dataset.find.includes(wanted);
        receiver.classList.toggle("sb-is-unfound", !isFound);
        isAny ||= isFound;
      }
      signal.classList.toggle("sb-is-unfound", !isAny);
    }
    $("sb-worth")?.classList.toggle("sb-is-unfound", wanted !== "");
    for (const group of document.querySelectorAll(".sb-group:not(.sb-worth)")) {
      group.classList.toggle("sb-is-unfound", !group.querySelector(".sb-signal-entry:not(.sb-is-unfound)"));
    }
  }

  $("sb-find")?.addEventListener("input", find);

  // -- sizes ---------------------------------------------------------------------------------------

  const grips = {
    "sb-grip": { name: "aside", least: 180, most: 640, size: (event) => event.clientX, keys: { ArrowLeft: -16, ArrowRight: 16 } },
    "sb-detail-grip": { name: "detail", least: 120, most: 1200, size: (event) => innerHeight - event.clientY, keys: { ArrowDown: -16, ArrowUp: 16 } },
  };

  function resize(grip, px) {
    const size = Math.min(Math.max(Math.round(px), grip.least), grip.most);
    document.documentElement.style.setProperty(`--sb-${grip.name}`, `${size}px`);
    showSize(grip, size);
    localStorage.setItem(`signalbox.${grip.name}`, size);
  }

  const sizeOf = (grip) => (grip.name === "aside" ? $("sb-aside").offsetWidth : $("sb-detail").offsetHeight);

  function showSize(grip, size) {
    document.querySelector(`[aria-controls="sb-${grip.name}"]`).setAttribute("aria-valuenow", size);
  }

  document.addEventListener("focusin", (event) => {
    const grip = grips[event.target.id];
    if (grip) showSize(grip, sizeOf(grip));
  });

  document.addEventListener("pointerdown", (event) => {
    const grip = grips[event.target.id];
    if (!grip) return;
    const drag = (moved) => resize(grip, grip.size(moved));
    event.target.setPointerCapture(event.pointerId);
    event.target.addEventListener("pointermove", drag);
    event.target.addEventListener("lostpointercapture", () => event.target.removeEventListener("pointermove", drag), { once: true });
    event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    const grip = grips[event.target.id];
    const step = grip?.keys[event.key];
    if (!step) return;
    event.preventDefault();
    resize(grip, sizeOf(grip) + step);
  });

  // -- clicks and keys -----------------------------------------------------------------------------

  const actions = {
    freeze: () => (isFrozen() ? unfreeze() : freeze()),
    follow: unfreeze,
    close,
    // The filter may have been changed since the link was drawn.
    export: (link) => { link.href = `${pageUrl}export/${feed().dataset.query}`; },
    errors: () => addTerm("is", "error", false),
    open: (element) => open(element.dataset.id),
    panel: (element, isByKey) => {
      document.body.classList.remove("sb-is-registry-open");
      open(element.dataset.open, "", isByKey);
    },
    skip: (element) => $(element.dataset.to).focus(),
    source: (element) => showSource(element.dataset.at),
    mark: (element) => mark(element.dataset.id),
    registry: () => ($("sb-find").checkVisibility() ? $("sb-find").focus() : openSheet()),
    unmark,
    compare: (element) => compare(element.dataset.at),
    unfold,
    jump: (element) => {
      const section = $(element.dataset.to);
      section.scrollIntoView({ block: "start" });
      section.tabIndex = -1;
      section.focus({ preventScroll: true });
    },
    expand: (element) => {
      const row = element.closest(".sb-row");
      replaceWithRows(row, { first: row.dataset.id, last: row.dataset.until, each: "1" });
    },
    "open-gap": (element) => replaceWithRows(element.closest("tr"), { first: element.dataset.first, last: element.dataset.last }),
    earlier: (element) => {
      const first = document.querySelector("#sb-rows .sb-row");
      const { below } = element.dataset;
      replaceWithRows(element.closest("tr"), { before: first?.dataset.id ?? "", ...(below && { below }) });
    },
    "open-registry": openSheet,
    "close-sheet": closeSheet,
    theme: () => {
      const root = document.documentElement;
      const next = { undefined: "dark", dark: "light", light: "" }[root.dataset.theme];
      if (next) root.dataset.theme = next;
      else delete root.dataset.theme;
      localStorage.setItem("signalbox.theme", next);
      tell("speak", next ? `Colours: ${next}` : "Colours as the system has them");
    },
  };

  document.addEventListener("click", (event) => {
    const action = event.target.closest("[data-action]");
    const isExcluding = event.altKey && action?.dataset.field;
    if (action && actions[action.dataset.action] && !isExcluding) {
      actions[action.dataset.action](action, event.detail === 0);
      return;
    }
    const value = event.target.closest("[data-field]");
    if (value) {
      document.body.classList.remove("sb-is-registry-open");
      addTerm(value.dataset.field, value.dataset.value, event.altKey);
      return;
    }
    const row = event.target.closest(".sb-row");
    if (row && !getSelection().toString()) open(row.dataset.id);
  });

  const keys = {
    "/": () => $("sb-draft").focus(),
    " ": () => actions.freeze(),
    End: () => isFrozen() && unfreeze(),
    r: () => $("sb-record")?.click(),
    c: () => $("sb-clear")?.click(),
    t: () => $("sb-view").click(),
    e: () => actions.errors(),
    b: () => document.querySelector('#sb-detail .sb-mark-button, #sb-mark [data-action="compare"]')?.click(),
    j: () => tell("walk", 1),
    k: () => tell("walk", -1),
    g: () => actions.registry(),
    Escape: close,
    "?": () => location.assign(document.body.dataset.help),
  };
  const mapKeys = new Set([" ", "r", "?"]);
  // A letter that is spoken or that a screen reader passes on is no key that was meant, so these can be turned off.
  const areSingleOff = () => localStorage.getItem("signalbox.keys") === "off";

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    // In the sheet there is no other way back from its field.
    if (event.key === "Escape" && target.id === "sb-find" && !target.value && closeSheet()) return;
    if (target.closest?.("input, textarea, select, [contenteditable]")) return;
    // Escape closes what lies above the page first.
    if (!live() || document.querySelector(":popover-open")) return;
    if (event.key === "Enter" && target.closest?.(".sb-row")) open(target.closest(".sb-row").dataset.id, "", true);
    // Space and Enter press a button that has the focus, as everywhere.
    if (event.key === " " && target.closest?.("button, a, summary")) return;
    if (areSingleOff() && event.key.length === 1 && event.key !== " ") return;
    if (Object.hasOwn(keys, event.key) && (feed() || mapKeys.has(event.key))) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  // -- htmx ----------------------------------------------------------------------------------------

  document.addEventListener("htmx:after:swap", () => {
    if (!live()) return;
    showFreeze();
    settle();
    scrollToMark();
    keepInSight();
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    unseen = 0;
    document.title = title;
    follow();
  });
  new ResizeObserver(follow).observe(document.body);

  // A notice that comes or goes above rows that stand still moves none of them.
  let noticesHeight = 0;
  new ResizeObserver(([{ contentRect }]) => {
    if (isFrozen() && scroller()) scroller().scrollTop += contentRect.height - noticesHeight;
    noticesHeight = contentRect.height;
  }).observe($("sb-notices") ?? document.body);

  const single = $("sb-single");
  if (single) single.checked = !areSingleOff();
  single?.addEventListener("change", () => localStorage.setItem("signalbox.keys", single.checked ? "on" : "off"));

  document.addEventListener("DOMContentLoaded", () => {
    if (!live()) return;
    // The socket's extension may have come after htmx looked through the page.
    htmx.process(document.body);
    if (!document.documentElement.classList.contains("sb-is-too-old")) $("sb-start").remove();
    showFreeze();
    settle();
    scrollToMark();
  });
})();
