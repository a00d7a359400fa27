// <date-entry> around a text input: says what "t-2w" means once it is left, and has the browser's own calendar.
const SHIFT = /^(?:t|today|hoy|h)?\s*(?:([+-])\s*(\d{1,4})\s*([dwmy]?))?$/i;

function meant(text) {
  const found = SHIFT.exec(text.trim());
  if (!found || !text.trim()) return null;
  const day = new Date();
  const by = Number(`${found[1] ?? ""}${found[2] ?? 0}`);
  const unit = (found[3] || "d").toLowerCase();
  if (unit === "d" || unit === "w") day.setDate(day.getDate() + by * (unit === "w" ? 7 : 1));
  else {
    const date = day.getDate();
    day.setDate(1);
    day.setMonth(day.getMonth() + by * (unit === "y" ? 12 : 1));
    const last = new Date(day.getFullYear(), day.getMonth() + 1, 0).getDate();
    day.setDate(Math.min(date, last));
  }
  return day;
}

class DateEntry extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.words = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "medium" });
    this.input.addEventListener("change", () => this.read());
    if (this.querySelector("button") || !("showPicker" in HTMLInputElement.prototype)) return;
    this.append(...this.calendar());
  }

  read() {
    const day = meant(this.input.value);
    if (day) this.put(day);
  }

  put(day) {
    this.input.value = this.words.format(day);
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  calendar() {
    const picker = document.createElement("input");
    picker.type = "date";
    picker.tabIndex = -1;
    picker.className = "de-p";
    picker.setAttribute("aria-hidden", "true");
    picker.addEventListener("change", () => {
      const [year, month, date] = picker.value.split("-").map(Number);
      if (year) this.put(new Date(year, month - 1, date));
      this.input.focus();
    });
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-i";
    button.disabled = this.input.disabled;
    button.setAttribute("aria-label", this.dataset.calendar);
    button.append(this.querySelector("template").content.cloneNode(true));
    button.addEventListener("click", () => picker.showPicker());
    return [picker, button];
  }
}
customElements.define("date-entry", DateEntry);
