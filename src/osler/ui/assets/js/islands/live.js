// Says what others do while a page is open: one stream of events for all tabs of a browser.
// The tab that holds the lock has the stream and tells the others; without a stream each asks every 20 seconds.

const ASK_MS = 20_000;
const SETTLE_MS = 150; // What is written together is announced together.
const SHOWN = 3;
const TAB = crypto.randomUUID();
const PATIENT = document.body.dataset.patient ?? "";
const WATCH = new Set((document.body.dataset.watch ?? "").split(" ").filter(Boolean));
const bar = document.getElementById("live-bar");
const words = bar?.dataset ?? {};
const channel = new BroadcastChannel("osler-live");
const known = new Set(); // type/id/version of what has been heard

let cursor = "";
let waiting = [];
let timer = 0;
let asking = 0;
let stream = null;
let streaming = false; // Whether some tab of this browser has the stream.
let streamed = false; // Whether some tab had it since this page was opened.
let shown = [];
let people = [];

const token = () => document.querySelector('input[name="csrfmiddlewaretoken"]')?.value ?? "";
const say = (text, values) => (text ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

async function post(address, pairs, keepalive = false) {
  const response = await fetch(address, {
    method: "POST", body: new URLSearchParams(pairs), keepalive, redirect: "error", cache: "no-store",
    headers: { Accept: "application/json", "X-CSRFToken": token() },
  });
  if (response.status === 401 || response.status === 423) tell("osler:refused");
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

// ---- what is heard

function heard(change) {
  const key = `${change.type}/${change.id}/${change.version}`;
  if (known.has(key)) return;
  known.add(key);
  tell("osler:live", change); // Pages that can renew a part of themselves do.
  if (change.forMe || change.type === "Task") counts();
  const here = PATIENT && change.patient === PATIENT && (!WATCH.size || WATCH.has(change.type));
  if (change.mine || !(here || change.forMe)) return;
  waiting = waiting.filter((one) => one.type !== change.type || one.id !== change.id);
  waiting.push(change);
  clearTimeout(timer);
  timer = setTimeout(announce, SETTLE_MS);
}

async function announce() {
  if (document.hidden || !waiting.length || !bar) return; // Said when somebody looks again.
  const found = waiting.splice(0);
  const last = found.slice(-SHOWN).reverse();
  try {
    const { said } = await post("/live/words/", last.map((one) => ["item", `${one.type}/${one.id}/${one.new ? "new" : "old"}`]));
    shown = [...said, ...shown].slice(0, SHOWN);
    bar.dataset.unlisted = Number(bar.dataset.unlisted ?? 0) + found.length - last.length;
    draw();
  } catch {
    waiting = [...found, ...waiting]; // The next look says it.
  }
}

function button(text, act) {
  const node = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-q btn-sm", textContent: text });
  node.addEventListener("click", act);
  return node;
}

function draw() {
  if (!bar) return;
  const lines = shown.map((one) => {
    const line = Object.assign(document.createElement("span"), { className: "live-line", textContent: one.text });
    if (!one.url) return line;
    const link = Object.assign(document.createElement("a"), { href: one.url, textContent: words.show });
    line.append(" ", link);
    return line;
  });
  const more = Number(bar.dataset.unlisted ?? 0);
  if (more) lines.push(say(words.more, { count: more }));
  const there = presence();
  if (there) lines.push(Object.assign(document.createElement("span"), { className: "live-people", textContent: there }));
  bar.replaceChildren(...lines.flatMap((one) => [one, " "]));
  if (shown.length) bar.append(button(words.close, () => { shown = []; bar.dataset.unlisted = 0; draw(); }));
  bar.hidden = !lines.length;
}

// ---- who is here

function doing() {
  if (document.querySelector("[data-day]")) return "@day"; // Every visit of the practice is told, not only one's own.
  return document.querySelector("form[data-draft][data-draft-changed]")?.dataset.draft ?? "";
}

function presence() {
  const form = document.querySelector("form[data-draft]")?.dataset.draft;
  const names = (list) => [...new Set(list.map((one) => one.name))];
  const list = (found) => new Intl.ListFormat(document.documentElement.lang || undefined).format(found);
  const said = (found, one, many) => say(found.length > 1 ? many : one, { names: list(found) });
  const editing = names(people.filter((one) => one.doing && one.doing === form));
  const others = names(people).filter((name) => !editing.includes(name));
  return [
    editing.length && said(editing, words.editing, words.manyEditing),
    others.length && said(others, words.here, words.manyHere),
  ].filter(Boolean).join(". ");
}

function met(found) {
  people = PATIENT ? found.filter((one) => one.patient === PATIENT) : [];
  tell("osler:present", people);
  draw();
}

async function here() {
  clearTimeout(asking);
  if (!document.hidden) {
    try {
      const found = await post("/live/here/", { tab: TAB, patient: PATIENT, doing: doing(), since: cursor, counts: counted ? "" : "1" });
      cursor = found.cursor;
      counted = true;
      write(found.counts ?? {});
      met(found.people);
      for (const one of found.changes ?? []) heard(one);
      if (found.more) missed();
    } catch {
      // Away, locked or signed out: asked again below, and `lock.js` says which.
      document.body.dataset.live = "away";
    }
  }
  asking = setTimeout(here, ASK_MS);
}

function missed() {
  tell("osler:missed");
  counts();
}

// ---- how many wait for me

let counted = false; // Once with the first answer; then whenever something is heard that may change them.
let counting = 0;

function write(found) {
  for (const [name, number] of Object.entries(found)) {
    for (const node of document.querySelectorAll(`[data-count="${CSS.escape(name)}"]`)) {
      node.textContent = number;
      node.hidden = !number;
    }
  }
}

function counts() {
  clearTimeout(counting);
  counting = setTimeout(async () => {
    if (document.hidden) return;
    try {
      const response = await fetch("/live/counts/", { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" });
      if (!response.ok) return;
      write(await response.json());
    } catch {
      document.body.dataset.live = "away";
    }
  }, 500);
}

// ---- the stream

const HEARD = {
  change: heard,
  present: ({ watched, people: found }) => { if (watched.includes(PATIENT)) met(found); },
  missed: () => here(),
  open: () => { streaming = streamed = true; document.body.dataset.live = "on"; },
  lost: () => { streaming = false; document.body.dataset.live = "asking"; },
};

function pass(kind, data) {
  channel.postMessage({ kind, data });
  HEARD[kind](data);
}

function listen(done) {
  stream = new EventSource("/live/stream");
  stream.onopen = () => {
    const again = streamed;
    pass("open");
    if (again) pass("missed"); // Between one stream and the next, something may have been written.
  };
  for (const kind of ["change", "present", "missed"]) {
    stream.addEventListener(kind, (event) => pass(kind, JSON.parse(event.data)));
  }
  const end = () => { stream?.close(); stream = null; pass("lost"); };
  stream.addEventListener("closed", () => { end(); tell("osler:refused"); });
  stream.onerror = () => {
    if (stream?.readyState === EventSource.CLOSED) { // Refused: too many, or nobody is signed in.
      end();
      setTimeout(() => listen(done), 3 * ASK_MS);
    } else pass("lost"); // It comes again by itself.
  };
  document.addEventListener("osler:unlocked", () => { if (!stream) listen(done); }, { once: true });
}

channel.onmessage = ({ data }) => {
  if (data.kind === "who") { if (stream && streaming) channel.postMessage({ kind: "open" }); }
  else HEARD[data.kind]?.(data.data);
};

if (document.body.dataset.account && !document.querySelector("[data-locked-page]")) {
  document.body.dataset.live = "asking";
  here();
  channel.postMessage({ kind: "who" });
  // Held as long as this tab lives: then the next one has the stream.
  navigator.locks?.request("osler-live", () => new Promise(listen));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { here(); announce(); } });
  document.addEventListener("osler:unlocked", here);
  let before = "";
  document.addEventListener("input", () => { if (doing() !== before) { before = doing(); here(); } });
  addEventListener("pagehide", () => {
    stream?.close();
    post("/live/here/", { tab: TAB, patient: PATIENT, gone: "1" }, true).catch(() => null);
  });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
