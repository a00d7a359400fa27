// <day-board> around the visits of today: renews itself when somebody moves one, counts minutes, and lets keys move
// the visit that has the focus: its buttons name theirs in data-step.
const SETTLE_MS = 300;
const MINUTE_MS = 60_000;
const TYPES = new Set(["Appointment", "Encounter"]);

class DayBoard extends HTMLElement {
  connectedCallback() {
    if (!this.dataset.day) return;
    this.abort = new AbortController();
    const { signal } = this.abort;
    document.addEventListener("osler:live", ({ detail }) => TYPES.has(detail.type) && this.later(), { signal });
    document.addEventListener("osler:missed", () => this.later(), { signal });
    this.addEventListener("focusin", (event) => this.arm(event.target.closest(".visit")), { signal });
    this.addEventListener("focusout", () => this.arm(null), { signal });
    this.addEventListener("keydown", (event) => this.walk(event), { signal });
    this.addEventListener("toggle", () => this.late && this.later(), { signal, capture: true });
    this.clock = setInterval(() => this.count(), MINUTE_MS / 4);
  }

  disconnectedCallback() {
    this.abort?.abort();
    clearInterval(this.clock);
    clearTimeout(this.timer);
  }

  later() {
    this.late = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.renew(), SETTLE_MS);
  }

  /** The list as it is now; not while a menu of it is open, under somebody's finger. */
  async renew() {
    if (this.querySelector(".menu:popover-open")) return;
    this.late = false;
    try {
      const response = await fetch(location.href, { headers: { "HX-Request": "true" }, cache: "no-store", redirect: "error" });
      if (!response.ok) return;
      const made = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("day-board");
      if (made) this.replace(made);
    } catch {
      this.late = true; // The next change or look asks again.
    }
  }

  replace(made) {
    const held = this.contains(document.activeElement) ? document.activeElement.closest(".visit")?.id : "";
    const open = this.querySelector("details")?.open;
    this.replaceChildren(...made.childNodes);
    const over = this.querySelector("details");
    if (over && open) over.open = true;
    if (held) document.getElementById(held)?.focus();
  }

  /** Only the buttons of one visit have keys: keys.js presses them and lists them. */
  arm(visit) {
    for (const each of this.querySelectorAll("[data-step]")) {
      if (visit?.contains(each)) each.dataset.key = each.dataset.step;
      else delete each.dataset.key;
    }
  }

  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.closest(".menu")) return;
    const all = [...this.querySelectorAll(".visit[tabindex]")].filter((each) => each.checkVisibility());
    const at = all.indexOf(event.target.closest(".visit"));
    const to = all[at + step];
    if (at < 0 || !to) return;
    event.preventDefault();
    to.focus();
  }

  count() {
    for (const each of this.querySelectorAll("[data-since]")) {
      const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(each.dataset.since)) / MINUTE_MS));
      if (Number.isFinite(minutes)) each.textContent = this.dataset.minutes.replace("{minutes}", minutes);
    }
  }
}
customElements.define("day-board", DayBoard);
