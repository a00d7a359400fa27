// A live block: a table of data of the record, with Update where the record has newer ones.

import { make } from "./dom.js";
import { schema } from "./text.js";

export class LiveView {
  constructor(one, view, place, editor) {
    Object.assign(this, { view, place, editor, dom: make("div", { className: "nblk" }) });
    this.dom.contentEditable = "false";
    this.show(one);
  }

  show(one) {
    const { kind, refs } = one.attrs;
    this.node = one;
    const now = this.editor.data.now.blocks[kind];
    const current = now?.refs.join(" ") === refs ? now : null;
    const block = current ?? this.editor.data.shown[[kind, refs].filter(Boolean).join(" ")] ?? { title: now?.title ?? kind, head: [], rows: [] };
    const stale = now && [...now.refs].sort().join(" ") !== refs.split(" ").sort().join(" ");
    const head = make("p", { className: "nblk-t" }, make("span", { className: "grow", textContent: block.title }));
    if (stale) head.append(this.button(this.editor.dataset.update, "btn btn-sm", () => this.update_(now)));
    head.append(this.button(this.editor.dataset.remove, "btn btn-q btn-sm", () => this.remove()));
    this.dom.replaceChildren(head);
    if (block.rows.length) this.dom.append(this.table(block));
  }

  table(block) {
    const row = (cells, name) => make("tr", {}, ...cells.map((cell) => make(name, name === "th" ? { scope: "col" } : {}, cell)));
    const text = (cell) => cell.map((run) => run.text).join("");
    return make("table", { className: "tbl" },
      make("thead", {}, row(block.head, "th")),
      make("tbody", {}, ...block.rows.map((cells) => row(cells.map(text), "td"))));
  }

  button(text, className, act) {
    const button = make("button", { type: "button", className, textContent: text });
    button.addEventListener("click", act);
    return button;
  }

  update_(now) {
    this.view.dispatch(this.view.state.tr.setNodeMarkup(this.place(), null, { kind: now.kind, refs: now.refs.join(" ") }));
    this.view.focus();
  }

  remove() {
    const at = this.place();
    const empty = schema.nodes.paragraph.create();
    this.view.dispatch(this.view.state.tr.replaceWith(at, at + this.node.nodeSize, empty));
    this.view.focus();
  }

  update(one) {
    if (one.type.name !== "live") return false;
    this.show(one);
    return true;
  }

  stopEvent(event) { return event.target.closest?.("button") !== null; }
  ignoreMutation() { return true; }
}
