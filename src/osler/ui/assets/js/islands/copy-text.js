// <copy-text> around a <pre>: with this there is a button that copies its text; without, one selects it.
class CopyText extends HTMLElement {
  connectedCallback() {
    const text = this.querySelector("pre");
    if (!text || this.querySelector("button") || !navigator.clipboard) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = this.dataset.copy ?? "";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = this.dataset.copied ?? "";
      setTimeout(() => { button.textContent = this.dataset.copy ?? ""; }, 2000);
    });
    this.append(button);
  }
}

customElements.define("copy-text", CopyText);
