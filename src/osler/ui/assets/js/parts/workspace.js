// A form beside the chart: `data-workspace` links load their page's panel; without this they are pages of their own.
import { fragment, one, token } from "./dom.js";
import { arm } from "./toasts.js";

const FIRST = "form .ws-b :is(textarea, select, input:not([type=hidden], [type=radio], [type=checkbox], [type=file]))";
let opener = null;

function show(panel, text) {
  panel.replaceChildren(fragment(text));
  panel.hidden = false;
  panel.closest(".chart-l")?.classList.add("ws-open");
  globalThis.osler?.htmx?.process(panel);
  (one("[aria-invalid=true], .err-summary, [autofocus]", panel) ?? one(FIRST, panel) ?? one("h2", panel))?.focus();
  arm();
}

async function ask(panel, url, options) {
  panel.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, {
      ...options,
      credentials: "same-origin",
      headers: { "HX-Request": "true", "X-CSRFToken": token() },
    });
    const target = answer.headers.get("HX-Redirect");
    if (target) return leave(target);
    if (answer.redirected) return leave(answer.url);
    show(panel, await answer.text());
  } catch {
    globalThis.osler.toast(panel.dataset.offline);
    one("form", panel)?.dispatchEvent(new Event("osler:unsent"));
  } finally {
    panel.removeAttribute("aria-busy");
  }
}

function leave(target) {
  const same = new URL(target, location.href).href.split("#")[0] === location.href.split("#")[0];
  if (same) location.reload();
  else location.assign(target);
}

/** Load the panel of `url` beside the chart; as a page where there is no place for it. */
export function openWorkspace(url, from = document.activeElement) {
  const panel = one("#workspace");
  if (!panel) return location.assign(url);
  opener = from;
  return ask(panel, url, {});
}

function close() {
  const panel = one("#workspace");
  panel.hidden = true;
  panel.replaceChildren();
  panel.closest(".chart-l")?.classList.remove("ws-open");
  opener?.focus?.();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-workspace]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && one("#workspace")) {
    event.preventDefault();
    openWorkspace(link.href, link);
  } else if (event.target.closest?.("#workspace [data-close-workspace]")) {
    event.preventDefault();
    close();
  }
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  const panel = form.closest?.("#workspace");
  if (!panel || form.method !== "post" || form.hasAttribute("hx-post") || event.defaultPrevented) return;
  event.preventDefault();
  ask(panel, form.action, { method: "POST", body: new FormData(form, event.submitter) });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("#workspace") && !event.defaultPrevented) close();
});
