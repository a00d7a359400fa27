// Shortcuts: `data-key="g t"` on a link or button lets these keys press it; `?` shows all that the page has.
import { all, one } from "./parts/dom.js";
import { openPalette } from "./palette.js";

const PATIENCE = 1200;
const TYPING = "input, textarea, select, [contenteditable=true], [role=textbox], dialog[open], [data-moving]";
let begun = "";
let since = 0;

const holders = () => all("[data-key]").filter((each) => each.dataset.key && !each.closest("dialog"));

function press(keys) {
  const found = holders().find((each) => each.dataset.key === keys && each.checkVisibility());
  const hidden = found ?? holders().find((each) => each.dataset.key === keys && (each.href || each.closest("[popover]")));
  hidden?.click();
  return Boolean(hidden);
}

function kbd(keys) {
  const cell = document.createElement("td");
  for (const key of keys.split(" ")) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    cell.append(cap, " ");
  }
  return cell;
}

function row(each) {
  const made = document.createElement("tr");
  const words = document.createElement("th");
  words.scope = "row";
  words.textContent = each.dataset.keyLabel ?? each.getAttribute("aria-label") ?? each.textContent.trim();
  made.append(words, kbd(each.dataset.key));
  return made;
}

/** The cheat sheet: its own rows are the server's, those of this page are read from the page. */
function showAll() {
  const sheet = one("#keys");
  if (!sheet || sheet.open) return;
  const seen = new Set();
  const here = holders().filter((each) => !seen.has(each.dataset.key) && seen.add(each.dataset.key));
  one("[data-keys-here]", sheet).replaceChildren(...here.map(row));
  sheet.showModal();
}

function single(event) {
  if (event.key === "/") return openPalette() ?? true;
  if (event.key === "?") return showAll() ?? true;
  const keys = begun && Date.now() - since < PATIENCE ? `${begun} ${event.key}` : event.key;
  begun = "";
  if (press(keys)) return true;
  if (holders().some((each) => each.dataset.key.startsWith(`${event.key} `))) {
    begun = event.key;
    since = Date.now();
  }
  return false;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() !== "k" || event.shiftKey) return;
    event.preventDefault();
    openPalette();
  } else if (document.documentElement.dataset.keys !== "off" && !event.target.closest?.(TYPING)) {
    if (event.key.length === 1 && !one("dialog[open]") && single(event)) event.preventDefault();
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-act=keys]")) showAll();
});
