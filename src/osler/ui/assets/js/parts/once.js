// A form is sent once: the second click of somebody whose network is slow does nothing. What is changed meanwhile
// is sent, and after a while the same too: an answer that is a file leaves the page where it is.
const AGAIN_MS = 15_000;
const sent = new WeakMap(); // form -> what was sent, by which button

const body = (form, button) =>
  JSON.stringify([...new FormData(form, button)].map(([name, value]) => [name, value.name ?? value]));

function release(form, button) {
  sent.delete(form);
  button?.removeAttribute("aria-disabled");
}

document.addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter: button } = event;
    if (form.method !== "post" || form.hasAttribute("hx-post") || "again" in form.dataset) return;
    const now = body(form, button);
    if (sent.get(form) === now) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    sent.set(form, now);
    button?.setAttribute("aria-disabled", "true");
    const free = () => release(form, button);
    setTimeout(free, AGAIN_MS);
    form.addEventListener("osler:unsent", free, { once: true });
    addEventListener("pageshow", free, { once: true });
    // Another listener asked first ("Really?"), or a check of the page kept it.
    setTimeout(() => event.defaultPrevented && !form.closest("#workspace") && free());
  },
  true,
);
