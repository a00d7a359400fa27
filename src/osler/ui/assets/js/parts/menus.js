// Popover menus stand beside their button; arrow keys move in them. Opening, Esc and light dismiss are the browser's.
import { all, one } from "./dom.js";

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.(".menu")) return;
    const button = one(`[popovertarget="${menu.id}"]`);
    const open = event.newState === "open";
    button?.setAttribute("aria-expanded", String(open));
    if (!open || !button) return;
    const at = button.getBoundingClientRect();
    menu.style.top = `${Math.min(at.bottom + 4, innerHeight - menu.offsetHeight - 8)}px`;
    menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
    one("button, a", menu)?.focus();
  },
  true,
);
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu");
  if (!menu || !/^Arrow(Up|Down)$/.test(event.key)) return;
  event.preventDefault();
  const items = all("button, a", menu);
  const step = event.key === "ArrowDown" ? 1 : -1;
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
});
