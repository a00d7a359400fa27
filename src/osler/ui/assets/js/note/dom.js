// What every part of the note editor needs of the page.

export const make = (name, props = {}, ...children) => {
  const made = Object.assign(document.createElement(name), props);
  made.append(...children);
  return made;
};
export const say = (text) => globalThis.osler?.say?.(text);
