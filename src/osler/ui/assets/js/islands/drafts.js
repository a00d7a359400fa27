// Keeps what is typed into <form data-draft="key"> on the server, gives it back when the form is opened again.
// Nothing is written to the disk of this computer: while the server is away it is kept in memory, and leaving warns.

const AFTER_MS = 2000;
const RETRY_MS = [2000, 5000, 10_000, 20_000, 30_000];
const LEAVING_MS = 3000; // How long signing out waits for what is typed.
const KEEPALIVE_MOST = 60_000; // What browsers still send of a page that closes.
const NOT_TYPED = new Set(["csrfmiddlewaretoken", "patient", "version", "draft"]);
const TAB = crypto.randomUUID();
const words = document.getElementById("draft-words")?.dataset ?? {};
const channel = new BroadcastChannel("osler-drafts");
const forms = new Map(); // form -> its state

const token = () => document.querySelector('input[name="csrfmiddlewaretoken"]')?.value ?? "";
const say = (text, values = {}) => (text ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const hour = (iso) => new Date(iso).toLocaleTimeString(document.documentElement.lang || undefined, { hour: "numeric", minute: "2-digit" });

function taken(form) {
  const fields = {};
  for (const control of form.elements) {
    if (!control.name || NOT_TYPED.has(control.name) || control.type === "password" || control.type === "file") continue;
    if (control.closest("[data-no-draft]") || control.type === "submit" || control.tagName === "BUTTON") continue;
    const values = (fields[control.name] ??= []);
    if (control.type === "checkbox" || control.type === "radio") {
      if (control.checked) values.push(control.value);
    } else if (control.multiple && control.options) {
      values.push(...[...control.selectedOptions].map((one) => one.value));
    } else if (control.value !== undefined) values.push(control.value);
  }
  // Whoever keeps what is typed elsewhere than in controls adds it here.
  form.dispatchEvent(new CustomEvent("osler:draft", { bubbles: true, detail: { fields } }));
  return fields;
}

function put(form, fields) {
  const next = {};
  for (const control of form.elements) {
    const values = fields[control.name];
    if (!values || NOT_TYPED.has(control.name) || control.type === "password" || control.type === "file") continue;
    if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
    else if (control.multiple && control.options) for (const one of control.options) one.selected = values.includes(one.value);
    else {
      const at = (next[control.name] = (next[control.name] ?? -1) + 1);
      if (at < values.length) control.value = values[at];
    }
    for (const type of ["input", "change"]) control.dispatchEvent(new Event(type, { bubbles: true }));
  }
  form.dispatchEvent(new CustomEvent("osler:restored", { bubbles: true, detail: { fields } }));
}

function hidden(form, name, value) {
  let field = form.querySelector(`input[type=hidden][name="${name}"]`);
  if (!field) {
    field = Object.assign(document.createElement("input"), { type: "hidden", name });
    form.append(field);
  }
  field.value = value;
}

function bar(state, text, ...actions) {
  state.bar ??= Object.assign(document.createElement("p"), { className: "banner-note draft-bar" });
  state.bar.setAttribute("role", "status");
  if (!state.bar.isConnected) state.form.prepend(state.bar);
  state.bar.replaceChildren(text);
  for (const [label, act] of actions) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-q btn-sm", textContent: label });
    button.addEventListener("click", act);
    state.bar.append(" ", button);
  }
  state.bar.hidden = !text;
}

function shows(state, how) {
  state.form.dataset.draftState = how; // saved, saving, failed: for styles and tests
}

async function send(state, closing = false) {
  clearTimeout(state.timer);
  if (state.done || (state.busy && !closing)) return;
  const body = new URLSearchParams({
    key: state.key, patient: state.patient, base: state.base, known: state.known, tab: TAB,
    fields: JSON.stringify(taken(state.form)),
  });
  state.dirty = false;
  state.busy = new AbortController();
  shows(state, "saving");
  let response = null;
  try {
    const keepalive = closing && body.toString().length < KEEPALIVE_MOST;
    response = await fetch("/drafts/", {
      method: "POST", body, keepalive, redirect: "error", cache: "no-store",
      headers: { Accept: "application/json", "X-CSRFToken": token() }, signal: closing ? undefined : state.busy.signal,
    });
  } catch {
    response = null; // Offline, or the server is away: tried again below.
  }
  state.busy = null;
  if (state.done) return;
  if (response?.ok) await kept(state, response);
  else if (response?.status === 409) await elsewhere(state, response);
  else if (response?.status === 410) again(state);
  else if (response && [400, 403, 404, 413, 429].includes(response.status)) refused(state);
  else failed(state, response?.status);
}

async function kept(state, response) {
  const { saved } = await response.json();
  state.known = saved;
  if (state.failures) bar(state, "");
  state.failures = 0;
  if (state.dirty) later(state);
  else shows(state, "saved");
}

function again(state) { // Dropped meanwhile: what is here now is a new one.
  state.known = "";
  later(state);
}

async function elsewhere(state, response) {
  const { saved } = await response.json();
  shows(state, "failed");
  state.dirty = true;
  state.blocked = true;
  bar(state, say(words.conflict, { time: hour(saved) }), [words.mine, () => {
    state.known = saved;
    state.blocked = false;
    bar(state, "");
    send(state);
  }], [words.theirs, () => {
    Object.assign(state, { blocked: false, dirty: false });
    mine = null;
    restore(state);
  }]);
}

function refused(state) { // It will not be taken next time either: the person must know, and save the form.
  shows(state, "failed");
  state.dirty = true;
  state.blocked = true;
  bar(state, words.refused);
}

function failed(state, status) {
  shows(state, "failed");
  state.dirty = true;
  bar(state, words.failed);
  if (status === 401 || status === 423) document.dispatchEvent(new CustomEvent("osler:refused"));
  later(state, RETRY_MS[Math.min(state.failures++, RETRY_MS.length - 1)]);
}

function later(state, wait = AFTER_MS) {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => send(state), wait);
}

function changed(event) {
  const state = forms.get(event.target.closest?.("form[data-draft]"));
  if (!state || state.quiet || (event.detail?.quiet)) return;
  state.done = false;
  state.dirty = true;
  state.form.dataset.draftChanged = "";
  if (!state.busy && !state.failures && !state.blocked) later(state);
}

let asked = 0;
let mine = null;

function drafts() { // Which there are: asked once, however many forms a page has.
  if (!mine || Date.now() - asked > 5000) {
    asked = Date.now();
    mine = fetch("/drafts/?list", { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" })
      .then(async (response) => (response.ok ? (await response.json()).drafts : []));
  }
  return mine;
}

async function restore(state) {
  let found = null;
  try {
    if (!(await drafts()).some((one) => one.key === state.key && one.patient === state.patient)) return;
    const asked = new URLSearchParams({ key: state.key, patient: state.patient });
    const response = await fetch(`/drafts/?${asked}`, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" });
    if (response.ok) found = await response.json();
  } catch {
    found = null; // Without the server there is nothing to give back; saving will say that it is away.
  }
  if (!found?.saved) return;
  state.known = found.saved;
  if (state.dirty) return; // Somebody was quicker than the server: what they type now counts.
  if (found.base !== null && state.form.querySelector('input[name="version"]')) {
    hidden(state.form, "version", found.base); // The differences are found against what they began with.
    state.base = String(found.base);
  }
  state.quiet = true;
  put(state.form, found.fields);
  state.quiet = false;
  state.form.dataset.draftChanged = "";
  shows(state, "saved");
  bar(state, say(words.restored, { time: hour(found.saved) }), [words.discard, () => discard(state)]);
}

async function discard(state) {
  state.done = true;
  clearTimeout(state.timer);
  const body = new URLSearchParams({ key: state.key, patient: state.patient });
  try {
    const response = await fetch("/drafts/discard/", { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token() } });
    if (!response.ok) return bar(state, words.failed);
  } catch {
    return bar(state, words.failed);
  }
  state.quiet = true;
  state.form.reset();
  state.form.dispatchEvent(new CustomEvent("osler:restored", { bubbles: true, detail: { fields: taken(state.form) } }));
  state.quiet = false;
  hidden(state.form, "version", state.version);
  Object.assign(state, { known: "", base: state.version, dirty: false, done: false });
  delete state.form.dataset.draftChanged;
  return bar(state, "");
}

function refilled(form) { // The answer to what was sent: it holds what was typed last.
  const status = performance.getEntriesByType("navigation")[0]?.responseStatus;
  return form.querySelector('[aria-invalid="true"]') || (!form.closest("[data-workspace-panel]") && status >= 400);
}

function begin(form) {
  if (forms.has(form)) return;
  const version = form.querySelector('input[name="version"]')?.value ?? "";
  const patient = form.querySelector('input[name="patient"]')?.value ?? document.body.dataset.patient ?? "";
  const state = { form, key: form.dataset.draft, patient, version, base: version, known: "", failures: 0 };
  forms.set(form, state);
  hidden(form, "draft", state.key);
  if (refilled(form)) state.dirty = true;
  restore(state);
  channel.postMessage({ ask: state.key, patient, tab: TAB });
}

channel.onmessage = ({ data }) => {
  for (const state of forms.values()) {
    if (data.patient !== state.patient || !state.form.isConnected) continue;
    if (data.ask === state.key) channel.postMessage({ here: state.key, patient: state.patient, to: data.tab });
    if (data.here === state.key && data.to === TAB) bar(state, words.twice);
  }
};

function look(root) {
  if (root.matches?.("form[data-draft]")) begin(root);
  for (const form of root.querySelectorAll?.("form[data-draft]") ?? []) begin(form);
}

function leave() {
  for (const state of forms.values()) if (state.dirty && !state.done && !state.blocked && state.form.isConnected) send(state, true);
}

document.addEventListener("input", changed);
document.addEventListener("change", changed);
document.addEventListener("submit", (event) => {
  const state = forms.get(event.target);
  if (!state) return;
  clearTimeout(state.timer);
  state.busy?.abort();
  state.done = true; // Until it is changed again: then it was not saved after all.
}, true);
// Signing out ends what may save: what is typed goes first, and where it cannot, leaving warns as ever.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const open = [...forms.values()].filter((one) => (one.dirty || one.busy) && !one.done && !one.blocked && one.form.isConnected);
  if (!form.matches("[data-signs-out]") || !open.length) return;
  event.preventDefault();
  await Promise.race([Promise.all(open.map((one) => send(one, true))), new Promise((done) => { setTimeout(done, LEAVING_MS); })]);
  form.submit();
});
addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });
document.addEventListener("osler:locked", leave);
for (const event of ["online", "osler:unlocked"]) {
  (event === "online" ? window : document).addEventListener(event, () => {
    for (const state of forms.values()) if (state.failures && !state.done) send(state);
  });
}
addEventListener("beforeunload", (event) => {
  if ([...forms.values()].some((one) => one.dirty && !one.done && (one.failures || one.blocked) && one.form.isConnected)) event.preventDefault();
});
new MutationObserver((records) => {
  for (const one of records) for (const node of one.addedNodes) if (node.nodeType === 1) look(node);
  for (const [form, state] of forms) {
    if (form.isConnected) continue;
    if (state.dirty && !state.done && !state.blocked) send(state);
    clearTimeout(state.timer);
    forms.delete(form);
  }
}).observe(document.body, { childList: true, subtree: true });
look(document.body);
