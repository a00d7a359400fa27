// Confirmations that go by themselves after ten seconds, and their Undo; Ctrl or Cmd Z does the same.
import { all, one } from "./dom.js";

const STAY = 10_000;

/** Tell screen readers, politely. */
export function say(text) {
  const region = one("#live");
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = text));
}

function begin(item) {
  let timer;
  const start = () => (timer = setTimeout(() => item.remove(), STAY));
  const stop = () => clearTimeout(timer);
  item.addEventListener("mouseenter", stop);
  item.addEventListener("focusin", stop);
  item.addEventListener("mouseleave", start);
  item.addEventListener("focusout", start);
  start();
}

/** Start the clocks of the toasts that came with the page. Errors and warnings stay until they are closed. */
export function arm() {
  for (const item of all(".toasts .toast:not([data-armed])")) {
    item.dataset.armed = "";
    if (!item.matches(".error, .warning")) begin(item);
  }
}

/** Show a confirmation; `undo` is called by its button. */
export function toast(text, undo, word = "Undo") {
  const item = document.createElement("div");
  item.className = "toast";
  item.dataset.armed = "";
  const words = document.createElement("span");
  words.textContent = text;
  item.append(words);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = word;
    button.dataset.undo = "";
    button.addEventListener("click", () => {
      item.remove();
      undo();
    });
    item.append(button);
  }
  one(".toasts")?.append(item);
  begin(item);
  say(text);
}

document.addEventListener("click", (event) => {
  event.target.closest?.("[data-close-toast]")?.closest(".toast").remove();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable=true]")) return;
  const button = all(".toast [data-undo]").at(-1);
  if (!button) return;
  event.preventDefault();
  button.click();
});
