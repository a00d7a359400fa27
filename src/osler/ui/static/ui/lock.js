// Lays the lock over the page when the session is locked, keeps what was typed below it, and opens again in place.
// The server decides; this only asks how things stand, and says when somebody is at the keyboard.

import { get, options, possible, text, words } from "./passkeys.js";

const STATE = "/account/session/";
const LOCK = "/account/lock/";
const UNLOCK = "/account/unlock/";
const OPTIONS = "/account/options/";
const SIGN_IN = "/account/login/";
const MOST_S = 60; // Another tab may lock, unlock or sign out.
const FIRST_MS = 5_000;
const SAY_MS = 30_000; // How often a person at the keyboard is told of.
const NAME = document.body.querySelector(".me a")?.textContent ?? "";
const MINE = document.body.dataset.account;
const TOKENS = 'input[name="csrfmiddlewaretoken"]';

let timer = 0;
let said = Date.now();
let dialog = null;
let showing = "";

const token = () => document.querySelector(TOKENS)?.value ?? "";

async function ask(address, fields) {
  const asked = { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" };
  if (fields) {
    asked.method = "POST";
    asked.headers["X-CSRFToken"] = token();
    asked.body = new URLSearchParams(fields);
  }
  return fetch(address, asked);
}

async function look(fields) {
  clearTimeout(timer);
  let next = MOST_S;
  try {
    const response = await ask(STATE, fields);
    if (response.ok) next = stands(await response.json());
  } catch {
    next = 10; // Away for a moment: what is on the screen is no more secret than before.
  }
  timer = setTimeout(look, Math.max(1, Math.min(next, MOST_S)) * 1000);
}

function stands(found) {
  if (found.state === "open" && found.account === MINE) {
    // After another sign-in the forms of this page need its token.
    for (const each of document.querySelectorAll(TOKENS)) each.value = found.token;
    open();
    return found.remaining + 1;
  }
  if (found.state === "locked" && found.account === MINE) cover("locked", found.ways);
  else cover(found.state === "ended" ? "ended" : "other", {});
  return MOST_S;
}

function open() {
  document.documentElement.classList.remove("locked-over");
  if (!dialog) return;
  const gone = dialog;
  dialog = null;
  showing = "";
  gone.close();
  gone.remove();
  document.dispatchEvent(new CustomEvent("osler:unlocked"));
}

function cover(what, ways) {
  if (document.querySelector("[data-locked-page]") || showing === what) return;
  dialog?.remove();
  showing = what;
  dialog = made(what, ways);
  document.documentElement.classList.add("locked-over");
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("input:not([type=hidden]), button, a")?.focus();
  document.dispatchEvent(new CustomEvent("osler:locked"));
}

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function made(what, ways) {
  const body = element("div");
  const node = element("dialog", { class: "lock", "aria-labelledby": "lock-title", closedby: "none" }, body);
  node.addEventListener("cancel", (event) => event.preventDefault());
  node.addEventListener("close", () => { if (dialog === node) node.showModal(); });
  const title = (words) => body.append(element("h2", { id: "lock-title" }, words));
  if (what === "locked") {
    title(text("locked"));
    body.append(element("p", {}, text("unlockToGoOn", { name: NAME })));
    body.append(...locked(ways));
  } else if (what === "ended") {
    title(text("signedOut"));
    body.append(element("p", {}, text("signInElsewhere")));
    body.append(element("p", {}, element("a", { href: SIGN_IN, target: "_blank", rel: "noopener", class: "button" }, text("signIn"))));
  } else {
    title(text("other"));
    body.append(element("p", {}, text("openedBy", { name: NAME })));
    body.append(element("p", {}, element("a", { href: "/", class: "button" }, text("leave"))));
  }
  return node;
}

function locked(ways) {
  const problem = element("p", { class: "errorlist", role: "alert", hidden: "" });
  const parts = [problem];
  if (ways.passkey && possible()) parts.push(passkeyButton(problem));
  if (ways.password) parts.push(secretForm(problem, "password", text("password"), "current-password", text("unlock"), "full"));
  if (ways.code) parts.push(secretForm(problem, "code", text("code"), "one-time-code", text("unlockByCode"), "full quiet"));
  if (!ways.password && !ways.passkey && !ways.code) {
    parts.push(element("p", {}, element("a", { href: LOCK, target: "_blank", class: "button" }, text("unlockInTab"))));
  }
  parts.push(element("p", {}, element("a", { href: LOCK }, text("notYou"))));
  return parts;
}

function secretForm(problem, name, label, autocomplete, verb, style) {
  const input = element("input", {
    id: `lock-${name}`, name, autocomplete, type: name === "password" ? "password" : "text",
    autocapitalize: "none", spellcheck: "false", required: "",
  });
  const form = element("form", {}, element("div", { class: "field" },
    element("label", { for: input.id }, label), input), element("button", { class: style }, verb));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    prove({ [name]: input.value }, problem).finally(() => { input.value = ""; input.focus(); });
  });
  return form;
}

function passkeyButton(problem) {
  const button = element("button", { type: "button", class: "full" }, text("usePasskey"));
  button.addEventListener("click", async () => {
    try {
      await prove({ credential: await get(await options(OPTIONS)) }, problem);
    } catch (error) {
      say(problem, words(error));
    }
  });
  return button;
}

async function prove(fields, problem) {
  problem.hidden = true;
  try {
    const response = await ask(UNLOCK, fields);
    const found = await response.json();
    if (response.ok) stands(found);
    else say(problem, found.error ?? text("again"));
  } catch {
    say(problem, text("noAnswer"));
  }
  if (!dialog) look();
}

function say(problem, words) {
  problem.textContent = words;
  problem.hidden = false;
}

function used() {
  if (dialog || Date.now() - said < SAY_MS) return;
  said = Date.now();
  look({});
}

for (const event of ["keydown", "pointerdown", "wheel", "touchstart"]) {
  document.addEventListener(event, used, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
window.addEventListener("focus", () => look());
window.addEventListener("pageshow", (event) => { if (event.persisted) look(); });
// What a page fetched and was refused because of the lock.
document.addEventListener("osler:refused", () => look());
document.querySelector("form[data-lock]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    stands(await (await ask(LOCK, {})).json());
  } catch {
    event.target.submit();
  }
});
// The page itself came of an open session; what the lock needs to know can wait until it is read.
if (MINE && !document.querySelector("[data-locked-page]")) timer = setTimeout(look, FIRST_MS);
