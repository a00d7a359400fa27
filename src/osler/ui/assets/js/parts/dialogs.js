// `data-dialog="id"` opens a dialog, `data-close` closes the one it is in; the browser gives the focus back.
import { one } from "./dom.js";

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog]");
  if (opener) {
    event.preventDefault();
    one(`#${CSS.escape(opener.dataset.dialog)}`)?.showModal();
    return;
  }
  if (event.target.closest?.("dialog [data-close]")) event.target.closest("dialog").close();
  else if (event.target.matches?.("dialog.dlg[open]")) event.target.close();
});
