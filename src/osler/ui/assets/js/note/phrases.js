// Phrases: a dot opens a menu of them, by keyboard or mouse.

import { make, say } from "./dom.js";

export class Phrases {
  constructor(editor) {
    this.editor = editor;
    this.at = 0;
    this.off = false;
    this.box = make("div", { className: "menu nmenu", id: "note-phrases", hidden: true });
    this.box.setAttribute("role", "listbox");
    this.box.setAttribute("aria-label", editor.dataset.phrases);
    this.box.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      event.preventDefault();
      if (option) this.take([...this.box.children].indexOf(option));
    });
    document.body.append(this.box);
  }

  typed(state) {
    const { $head, empty } = state.selection;
    if (!empty || !$head.parent.isTextblock) return null;
    const before = $head.parent.textBetween(0, $head.parentOffset, "", "\u00b7");
    return /(?:^|[\s(])\.([a-z][a-z0-9-]*)?$/.exec(before);
  }

  look(view) {
    const found = this.typed(view.state);
    if (!found) this.off = false;
    const word = found?.[1] ?? "";
    const some = found && !this.off ? this.editor.data.phrases.filter((one) => one.name.startsWith(word)) : [];
    if (word !== this.word) this.at = 0;
    Object.assign(this, { word, some });
    this.draw(view);
  }

  draw(view) {
    this.box.hidden = !this.some.length;
    view.dom.toggleAttribute("aria-activedescendant", false);
    if (this.box.hidden) return;
    this.box.replaceChildren(...this.some.map((one, at) => {
      const option = make("div", { id: `phrase-${at}` }, `.${one.name}`, make("span", { textContent: one.text }));
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", String(at === this.at));
      return option;
    }));
    view.dom.setAttribute("aria-activedescendant", `phrase-${this.at}`);
    view.dom.setAttribute("aria-controls", this.box.id);
    const place = view.coordsAtPos(view.state.selection.head);
    this.box.style.insetInlineStart = `${Math.min(place.left, innerWidth - 240)}px`;
    this.box.style.insetBlockStart = `${place.bottom + 280 > innerHeight ? Math.max(8, place.top - 268) : place.bottom + 4}px`;
    this.box.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  key(view, event) {
    if (this.box.hidden) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.some.length) % this.some.length;
      this.draw(view);
    } else if (event.key === "Enter" || event.key === "Tab") {
      this.take(this.at);
    } else if (event.key === "Escape") {
      this.off = true;
      this.look(view);
    } else return false;
    return true;
  }

  take(at) {
    const { view } = this.editor;
    const one = this.some[at];
    const head = view.state.selection.head;
    const from = head - this.word.length - 1;
    view.dispatch(view.state.tr.delete(from, head));
    this.editor.put(one.text);
    say(`${this.editor.dataset.inserted}: .${one.name}`);
  }
}
