// The markup of a section (clinic/notes/markup.py) to the editor's nodes and back.

import { Schema } from "prosemirror-model";

const REF = "[A-Z][A-Za-z]{2,40}/[A-Za-z0-9.-]{1,64}/_history/[1-9][0-9]{0,8}";
const INLINE = new RegExp(`\\[([^\\]\\n]{0,200})\\]\\((${REF})\\)|(?<!\\*)\\*\\*([^*\\n]+)\\*\\*(?!\\*)`, "g");
const BLOCK = new RegExp(`^\\{\\{([a-z]{1,20})((?: ${REF}){0,100})\\}\\}$`);
const PREFIX = { "li-b": "- ", hd: "### " };
const SHORT = { meds: "medications", labs: "results", vaccines: "immunizations", dx: "problems" };

export const schema = new Schema({
  nodes: {
    doc: { content: "section+" },
    section: {
      content: "block+", attrs: { title: { default: "" }, must: { default: "" }, at: { default: 0 } }, isolating: true, defining: true, selectable: false,
      toDOM: (node) => ["section", { class: "ns" }, ["h2", { contenteditable: "false" }, node.attrs.title + (node.attrs.must ? ` (${node.attrs.must})` : "")], ["div", 0]],
    },
    paragraph: {
      content: "inline*", group: "block", attrs: { kind: { default: "" } },
      toDOM: (node) => ["p", node.attrs.kind ? { class: node.attrs.kind } : {}, 0],
      parseDOM: [{ tag: "li", attrs: { kind: "li-b" } }, { tag: "h1,h2,h3,h4", attrs: { kind: "hd" } }, { tag: "p" }],
    },
    live: { group: "block", atom: true, draggable: true, attrs: { kind: {}, refs: {} }, toDOM: () => ["div"] },
    text: { group: "inline" },
    fact: {
      inline: true, group: "inline", atom: true, attrs: { ref: {}, text: {} },
      toDOM: (node) => ["span", { class: "fact", title: node.attrs.ref }, node.attrs.text],
      leafText: (node) => node.attrs.text,
    },
  },
  marks: { strong: { toDOM: () => ["strong", 0], parseDOM: [{ tag: "strong" }, { tag: "b" }] } },
});

// ---- text to nodes and back

function inline(line, now) {
  const found = [];
  let end = 0;
  const plain = (text) => { if (text) found.push(...expanded(text, now)); };
  for (const one of line.matchAll(INLINE)) {
    plain(line.slice(end, one.index));
    if (one[3]) found.push(schema.text(one[3], [schema.marks.strong.create()]));
    else found.push(schema.nodes.fact.create({ ref: one[2], text: one[1] }));
    end = one.index + one[0].length;
  }
  plain(line.slice(end));
  return found;
}

function expanded(text, now) {
  if (!now) return [schema.text(text)];
  return text.split(/(@[a-z][a-z0-9]{1,20}@)/).filter(Boolean).map((part) => {
    const at = part.startsWith("@") ? now.names[part.slice(1, -1)] : undefined;
    const value = now.values[at];
    return value ? schema.nodes.fact.create({ ref: value.ref, text: value.text }) : schema.text(part);
  });
}

function node(line, now) {
  const block = BLOCK.exec(line);
  if (block) return schema.nodes.live.create({ kind: block[1], refs: block[2].trim() });
  const name = /^@([a-z][a-z0-9]{1,20})@$/.exec(line)?.[1];
  const kind = SHORT[name] ?? name;
  if (now?.blocks[kind]) return schema.nodes.live.create({ kind, refs: now.blocks[kind].refs.join(" ") });
  if (/^[-•] /.test(line)) return schema.nodes.paragraph.create({ kind: "li-b" }, inline(line.slice(2).trim(), now));
  if (line.startsWith("### ")) return schema.nodes.paragraph.create({ kind: "hd" }, inline(line.slice(4), now));
  return schema.nodes.paragraph.create(null, inline(line, now));
}

export function nodes(text, now) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.length ? lines.map((line) => node(line, now)) : [schema.nodes.paragraph.create()];
}

export function written(section) {
  const lines = [];
  section.forEach((one) => {
    if (one.type.name === "live") return lines.push(`{{${[one.attrs.kind, one.attrs.refs].filter(Boolean).join(" ")}}}`);
    let text = "";
    one.forEach((child) => {
      if (child.type.name === "fact") text += `[${child.attrs.text.replaceAll("]", "")}](${child.attrs.ref})`;
      else text += child.marks.length && child.text.trim() ? `**${child.text}**` : child.text;
    });
    lines.push((PREFIX[one.attrs.kind] ?? "") + text);
  });
  return lines.join("\n").trim();
}
