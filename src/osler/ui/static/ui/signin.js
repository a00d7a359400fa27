// The forms of signing in: passkeys where the browser can, and passwords that can be shown.

import { create, get, options, possible, text, words } from "./passkeys.js";

/** Put a button beside each password that shows what is typed. */
export function showable(root) {
  for (const input of root.querySelectorAll('input[type="password"]')) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = text("show");
    button.setAttribute("aria-label", text("showPassword"));
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      button.textContent = text(shown ? "show" : "hide");
      button.setAttribute("aria-pressed", String(!shown));
      input.focus();
    });
    // Sent as a password, so that the browser may offer to keep it.
    input.form?.addEventListener("submit", () => { input.type = "password"; });
    const line = document.createElement("div");
    line.className = "secret";
    input.replaceWith(line);
    line.append(input, button);
  }
}

function passkeyForm(form) {
  const problem = form.querySelector('[role="alert"]');
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const button = form.querySelector("button:not([type=button])");
    button.disabled = true;
    problem.hidden = true;
    try {
      const asked = await options(form.dataset.options);
      form.elements.credential.value = await (form.dataset.passkey === "create" ? create(asked) : get(asked));
      form.submit();
    } catch (error) {
      problem.textContent = words(error);
      problem.hidden = false;
      button.disabled = false;
    }
  });
}

showable(document);
if (possible()) {
  for (const section of document.querySelectorAll("[data-passkeys]")) section.hidden = false;
  for (const note of document.querySelectorAll("[data-no-passkeys]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) passkeyForm(form);
}
// A page that comes back from the browser's memory must not send an answer twice.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.elements.credential.value = "";
    form.querySelector("button:not([type=button])").disabled = false;
  }
});
