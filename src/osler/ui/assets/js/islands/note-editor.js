// The note editor: ProseMirror over the form's text areas, which stay what is saved and sent.
// Text of the areas is the markup of clinic/notes/markup.py; the server fills in every value itself.

import { EditorState, Plugin, Selection, TextSelection } from "prosemirror-state";
import { Decoration, DecorationSet, EditorView } from "prosemirror-view";
import { keymap } from "prosemirror-keymap";
import { history, redo, undo } from "prosemirror-history";
import { baseKeymap, toggleMark } from "prosemirror-commands";
import { make, say } from "../note/dom.js";
import { LiveView } from "../note/live.js";
import { Phrases } from "../note/phrases.js";
import { nodes, schema, written } from "../note/text.js";

const CHECK_MS = 3000;

function holes(state) {
  const found = [];
  state.doc.descendants((one, at) => {
    if (one.isText) for (const hole of one.text.matchAll(/\*\*\*/g)) found.push([at + hole.index, at + hole.index + 3]);
  });
  return found;
}

const marked = new Plugin({
  props: {
    decorations: (state) => DecorationSet.create(state.doc, holes(state).map(([from, to]) => Decoration.inline(from, to, { class: "hole" }))),
  },
});

class NoteEditor extends HTMLElement {
  connectedCallback() {
    if (this.view) return;
    this.form = this.closest("form");
    this.data = JSON.parse(document.getElementById("note-data").textContent);
    this.areas = [...this.querySelectorAll("textarea[data-section]")];
    this.plain = this.querySelector(".note-p");
    this.plain.hidden = true;
    this.phrases = new Phrases(this);
    const mount = make("div");
    this.append(mount);
    this.view = new EditorView(mount, {
      state: this.begin(),
      attributes: {
        role: "textbox", "aria-multiline": "true", "aria-label": this.dataset.label, "aria-describedby": "note-hint",
        spellcheck: "true", class: "pm-in",
      },
      nodeViews: { live: (one, view, place) => new LiveView(one, view, place, this) },
      handleKeyDown: (view, event) => this.phrases.key(view, event) || this.key(view, event),
      dispatchTransaction: (tr) => this.changed(tr),
    });
    this.append(make("p", { className: "vh", id: "note-hint", textContent: this.dataset.hint }));
    this.listen();
    for (const one of document.querySelectorAll("[data-needs-script]")) one.hidden = false;
    this.carries();
    if (/^#s\d+$/.test(location.hash)) this.goto(Number(location.hash.slice(2)));
  }

  disconnectedCallback() {
    this.view?.destroy();
    this.phrases?.box.remove();
  }

  begin() {
    const sections = this.areas.map((area, at) => schema.nodes.section.create(
      { title: area.dataset.section, must: "must" in area.dataset ? this.dataset.required : "", at }, nodes(area.value)));
    const keys = { "Mod-z": undo, "Mod-y": redo, "Mod-Shift-z": redo, "Mod-b": toggleMark(schema.marks.strong), Enter: this.enter, Backspace: this.back, " ": this.space };
    return EditorState.create({ doc: schema.nodes.doc.create(null, sections), plugins: [marked, history(), keymap(keys), keymap(baseKeymap)] });
  }

  changed(tr) {
    this.view.updateState(this.view.state.apply(tr));
    this.phrases.look(this.view);
    if (!tr.docChanged) return;
    this.view.state.doc.forEach((section) => {
      const area = this.areas[section.attrs.at];
      const text = written(section);
      if (area.value === text) return;
      area.value = text;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), CHECK_MS);
  }

  // Lists: "- " begins one, Enter goes on, Enter or Backspace on an empty item ends it.
  space(state, dispatch) {
    const { $head, empty } = state.selection;
    if (!empty || $head.parent.type.name !== "paragraph" || $head.parent.attrs.kind || !/^[-*•]$/.test($head.parent.textContent) || $head.parentOffset !== 1) return false;
    dispatch?.(state.tr.delete($head.start(), $head.pos).setNodeMarkup($head.before(), null, { kind: "li-b" }));
    return true;
  }

  enter(state, dispatch) {
    const { $head, empty } = state.selection;
    if (!empty || !$head.parent.attrs.kind) return false;
    if (!$head.parent.content.size) dispatch?.(state.tr.setNodeMarkup($head.before(), null, { kind: "" }));
    else if ($head.parent.attrs.kind === "hd") dispatch?.(state.tr.split($head.pos, 1, [{ type: schema.nodes.paragraph, attrs: { kind: "" } }]));
    else dispatch?.(state.tr.split($head.pos));
    return true;
  }

  back(state, dispatch) {
    const { $head, empty } = state.selection;
    if (!empty || $head.parentOffset || !$head.parent.attrs.kind) return false;
    dispatch?.(state.tr.setNodeMarkup($head.before(), null, { kind: "" }));
    return true;
  }

  key(view, event) {
    if (event.key !== "F2") return false;
    this.next();
    return true;
  }

  next() {
    const { view } = this;
    const found = holes(view.state);
    const hole = found.find(([from]) => from > view.state.selection.from) ?? found[0];
    if (!hole) return say(this.dataset.none);
    view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, ...hole)).scrollIntoView());
    view.focus();
  }

  // What a phrase or a button puts in: one line into the line, more lines below it.
  put(text) {
    const { view } = this;
    const made = nodes(text, this.data.now);
    const { $head } = view.state.selection;
    let tr = view.state.tr;
    if (made.length === 1 && made[0].type.name === "paragraph" && !made[0].attrs.kind) {
      tr = tr.replaceWith($head.pos, $head.pos, made[0].content);
    } else {
      const parent = $head.parent;
      const alone = parent.isTextblock && !parent.content.size;
      const after = $head.depth ? $head.after(2) : $head.pos;
      const from = alone ? $head.before(2) : after;
      if (made.at(-1).type.name === "live") made.push(schema.nodes.paragraph.create());
      tr = tr.replaceWith(from, after, made);
      const size = made.reduce((sum, one) => sum + one.nodeSize, 0);
      tr = tr.setSelection(Selection.near(tr.doc.resolve(from + size - 1), -1));
    }
    view.dispatch(tr.scrollIntoView());
    const first = holes(view.state).find(([from]) => from >= $head.pos);
    if (/\*\*\*/.test(text) && first) view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, ...first)));
    view.focus();
  }

  value(at) {
    const one = this.data.now.values[at];
    const { view } = this;
    const before = view.state.doc.textBetween(Math.max(0, view.state.selection.from - 1), view.state.selection.from, " ", "x");
    const chip = schema.nodes.fact.create({ ref: one.ref, text: one.text });
    view.dispatch(view.state.tr.replaceSelectionWith(chip, false));
    if (before.trim()) view.dispatch(view.state.tr.insertText(" ", view.state.selection.from - 1));
    view.focus();
  }

  // Sections of the note before, a click each.
  carries() {
    const card = document.getElementById("note-carry");
    this.areas.forEach((area, at) => {
      if (!area.dataset.last) return;
      const button = make("button", { type: "button", className: "btn btn-sm", textContent: `${this.dataset.carry}: ${area.dataset.section}` });
      button.addEventListener("click", () => {
        const made = nodes(`${area.dataset.lastMark}\n${area.dataset.last}`);
        this.view.dispatch(this.view.state.tr.insert(this.end(at), made).scrollIntoView());
        this.view.focus();
        button.remove();
      });
      card.append(button);
    });
    if (card) card.closest("section").hidden = !card.children.length;
  }

  end(at) {
    let place = 0;
    this.view.state.doc.forEach((section, offset, index) => { if (index === at) place = offset + section.nodeSize - 1; });
    return place;
  }

  listen() {
    // Tab puts the browser's caret before the first heading, where nothing can be typed.
    this.view.dom.addEventListener("keyup", (event) => { if (event.key === "Tab") this.goto(0); });
    this.form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-insert], [data-value], [data-next]");
      if (button?.dataset.insert) this.put(`@${button.dataset.insert}@`);
      else if (button?.dataset.value) this.value(Number(button.dataset.value));
      else if (button) this.next();
      const link = event.target.closest('#note-points a[href^="#s"]');
      if (link) { event.preventDefault(); this.goto(Number(link.hash.slice(2))); }
    });
    this.form.addEventListener("osler:restored", () => {
      this.view.updateState(this.begin());
      this.check();
    });
    document.addEventListener("osler:live", () => this.check());
    const saved = document.getElementById("saved");
    new MutationObserver(() => {
      const how = this.form.dataset.draftState;
      const time = new Date().toLocaleTimeString(document.documentElement.lang || undefined, { hour: "numeric", minute: "2-digit" });
      saved.textContent = how === "saved" ? `${saved.dataset.saved} ${time}` : saved.dataset[how] ?? "";
    }).observe(this.form, { attributeFilter: ["data-draft-state"] });
  }

  goto(at) {
    const { view } = this;
    view.dispatch(view.state.tr.setSelection(Selection.near(view.state.doc.resolve(this.end(at)), -1)).scrollIntoView());
    view.focus();
  }

  // What is missing, what is new in the record, and blocks that this page has not seen yet.
  async check() {
    let answer = null;
    try {
      const response = await fetch(this.dataset.check, { method: "POST", body: new FormData(this.form), headers: { Accept: "application/json" }, redirect: "error" });
      if (response.ok) answer = await response.json();
    } catch {
      return; // Saving says that the server is away; this list only helps.
    }
    if (!answer) return;
    this.data.now = answer.now;
    Object.assign(this.data.shown, answer.shown);
    this.points(answer.points);
    for (const dom of this.view.dom.querySelectorAll(".nblk")) {
      const desc = dom.pmViewDesc;
      desc?.spec?.show?.(desc.node);
    }
  }

  points(points) {
    const words = (one) => (one.done ? ["ok", this.dataset.done] : one.blocks ? ["crit", this.dataset.missing] : ["warn", this.dataset.todo]);
    document.getElementById("note-points").replaceChildren(...points.map((one) => {
      const [kind, state] = words(one);
      const target = one.section === null ? one.url : `#s${one.section}`;
      const text = target && !one.done ? make("a", { href: target, textContent: one.text }) : one.text;
      if (text.href && one.section === null) Object.assign(text, { target: "_blank", rel: "noopener" });
      const detail = one.detail ? make("span", { className: "t2", textContent: ` ${one.detail}` }) : "";
      return make("li", { className: "li" }, make("span", { className: "row" }, make("span", { className: `badge ${kind}`, textContent: state }), make("span", {}, text, detail)));
    }));
  }
}

customElements.define("note-editor", NoteEditor);
