// Short words for what every part does.
export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** The token that a POST must carry; the lock renews it in every form. */
export const token = () => one("input[name=csrfmiddlewaretoken]")?.value ?? "";

/** The nodes of an answer's HTML, with the scripts and styles it names loaded; its inline scripts never run. */
export function fragment(text) {
  const parsed = new DOMParser().parseFromString(text, "text/html");
  for (const script of all("script[src]", parsed)) {
    import(script.src);
    script.remove();
  }
  for (const link of all("link[rel=stylesheet]", parsed)) {
    if (!one(`link[href="${link.getAttribute("href")}"]`)) document.head.append(document.adoptNode(link));
    else link.remove();
  }
  const made = document.createDocumentFragment();
  made.append(...document.adoptNode(parsed.body).childNodes);
  return made;
}
