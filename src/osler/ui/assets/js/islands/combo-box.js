// <combo-box> around a text input and two hidden ones: a list of answers while one types (ARIA combobox with a listbox).
// Without this script the text is posted as typed, and the server asks which of several answers is meant.
const WAIT = 120;
let number = 0;

class ComboBox extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    this.input = this.querySelector("input[type=text]");
    this.code = this.querySelector("input[data-part=code]");
    this.typed = this.querySelector("input[data-part=typed]");
    this.options = [];
    this.at = -1;
    this.asked = 0;
    this.build();
    this.input.addEventListener("input", () => this.changed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("focus", () => this.input.value || this.ask());
    this.input.addEventListener("blur", () => this.close());
  }

  build() {
    number += 1;
    this.list = document.createElement("ul");
    this.list.id = `combo-${number}`;
    this.list.className = "cb-list";
    this.list.role = "listbox";
    this.list.hidden = true;
    this.list.setAttribute("aria-label", this.input.labels?.[0]?.textContent?.trim() || this.dataset.label || "");
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(Number(option.dataset.at));
    });
    this.status = document.createElement("span");
    this.status.className = "vh";
    this.status.role = "status";
    const given = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id };
    for (const [name, value] of Object.entries(given)) this.input.setAttribute(name, value);
    this.append(this.list, this.status);
  }

  changed() {
    this.code.value = "";
    this.typed.value = "";
    this.classList.remove("cb-chosen");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  async ask() {
    const text = this.input.value.trim();
    const ask = ++this.asked;
    const form = this.closest("form");
    const token = form?.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    const body = new URLSearchParams({ q: text, csrfmiddlewaretoken: token, patient: document.body.dataset.patient ?? "" });
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body, headers: { "X-CSRFToken": token } });
      if (!answer.ok) throw new Error(String(answer.status));
      const { options } = await answer.json();
      if (ask === this.asked && document.activeElement === this.input) this.show(options, text);
    } catch {
      if (ask === this.asked) this.say(this.dataset.failed);
    }
  }

  show(options, text) {
    this.options = options;
    if (text && "free" in this.dataset) this.options = [...options, { value: "", text, free: true }];
    this.list.replaceChildren(...this.options.map((one, at) => this.option(one, at)));
    this.point(-1);
    this.open(this.options.length > 0);
    const found = options.length ? this.dataset.count.replace("{n}", options.length) : this.dataset.none;
    this.say(text ? found : "");
  }

  option(one, at) {
    const item = document.createElement("li");
    item.role = "option";
    item.id = `${this.list.id}-${at}`;
    item.dataset.at = at;
    item.setAttribute("aria-selected", "false");
    const name = document.createElement("span");
    name.textContent = one.free ? this.dataset.asTyped.replace("{text}", one.text) : one.text;
    item.append(name);
    const about = [one.about, one.code].filter(Boolean).join(" · ");
    if (about) {
      const more = document.createElement("span");
      more.className = "t2 small";
      more.textContent = about;
      item.append(" ", more);
    }
    if (one.free) item.className = "cb-free";
    return item;
  }

  key(event) {
    const last = this.options.length - 1;
    const open = !this.list.hidden;
    const moves = { ArrowDown: this.at >= last ? 0 : this.at + 1, ArrowUp: this.at <= 0 ? last : this.at - 1 };
    if (event.key in moves && !event.altKey) {
      event.preventDefault();
      if (open) this.point(moves[event.key]);
      else this.ask();
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      this.choose(this.at < 0 ? 0 : this.at);
    } else if (event.key === "Tab" && open && this.at >= 0) this.choose(this.at);
    else if (event.key === "Escape" && open) {
      event.stopPropagation();
      event.preventDefault();
      this.close();
    }
  }

  point(at) {
    this.at = at;
    for (const [index, item] of [...this.list.children].entries()) item.setAttribute("aria-selected", String(index === at));
    const item = this.list.children[at];
    if (!item) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  choose(at) {
    const one = this.options[at];
    if (!one) return;
    clearTimeout(this.timer);
    this.asked += 1;
    this.input.value = one.text;
    this.code.value = one.value;
    this.typed.value = one.free ? "1" : "";
    this.classList.toggle("cb-chosen", !one.free);
    this.close();
    this.say(this.dataset.chosen.replace("{text}", one.text));
    for (const name of ["change", "combo:chosen"]) {
      this.input.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: one }));
    }
  }

  open(wanted) {
    this.list.hidden = !wanted;
    this.input.setAttribute("aria-expanded", String(wanted));
  }

  close() {
    clearTimeout(this.timer);
    this.asked += 1;
    this.open(false);
    this.point(-1);
  }

  say(text) {
    this.status.textContent = text;
  }
}
customElements.define("combo-box", ComboBox);
