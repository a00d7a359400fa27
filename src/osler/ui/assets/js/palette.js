// The palette: what is typed goes to the server by POST, what comes back is a list of links; arrows choose, Enter opens.
import { all, fragment, one, token } from "./parts/dom.js";
import { say } from "./parts/toasts.js";

const WAIT = 90;
const dialog = one("#pal");
const input = dialog && one("input[role=combobox]", dialog);
const list = dialog && one("[role=listbox]", dialog);
let timer;
let asked;

const options = () => all("[role=option]", list);

function choose(option) {
  for (const each of options()) each.setAttribute("aria-selected", String(each === option));
  if (!option) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

async function ask() {
  asked?.abort();
  asked = new AbortController();
  const body = new FormData();
  body.set("q", input.value);
  body.set("patient", document.body.dataset.patient ?? "");
  list.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(dialog.dataset.url, {
      method: "POST",
      body,
      signal: asked.signal,
      credentials: "same-origin",
      headers: { "HX-Request": "true", "X-CSRFToken": token() },
    });
    if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
    list.replaceChildren(fragment(await answer.text()));
    choose(options()[0]);
    say(dialog.dataset.count.replace("{count}", options().length));
  } catch (error) {
    if (error.name === "AbortError") return;
    const words = document.createElement("p");
    words.className = "empty";
    words.textContent = dialog.dataset.failed;
    list.replaceChildren(words);
  }
  list.removeAttribute("aria-busy");
}

/** Open it, empty: those opened last and the pages come before anything is typed. */
export function openPalette() {
  if (!dialog) return;
  if (!dialog.open) dialog.showModal();
  input.value = "";
  ask();
}

function moved(step) {
  const some = options();
  const now = some.findIndex((each) => each.getAttribute("aria-selected") === "true");
  choose(some[(now + step + some.length) % some.length]);
}

dialog?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT);
});
dialog?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    if (options().length) moved(step);
  } else if (event.key === "Enter") {
    event.preventDefault();
    one("[aria-selected=true]", list)?.click();
  }
});
dialog?.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("[role=option]")) dialog.close();
});
dialog?.addEventListener("close", () => {
  clearTimeout(timer);
  asked?.abort();
});
document.addEventListener("click", (event) => {
  if (!dialog || !event.target.closest?.("[data-act=palette]") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  openPalette();
});
