// <file-drop> around a file input: files are dropped, pasted or photographed into it; what is chosen is listed and sent.
class FileDrop extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=file]");
    this.list = this.querySelector(".drop-l");
    for (const part of this.querySelectorAll(".drop-w, .drop-c")) part.hidden = false;
    this.input.addEventListener("change", () => this.show());
    this.addEventListener("dragover", (event) => this.over(event, true));
    this.addEventListener("dragleave", (event) => this.over(event, false));
    this.addEventListener("drop", (event) => {
      this.over(event, false);
      this.take(event.dataTransfer.files);
    });
    this.querySelector("[data-camera]")?.addEventListener("change", (event) => this.take(event.target.files));
    this.pasted = (event) => {
      if (event.clipboardData?.files.length) this.take(event.clipboardData.files);
    };
    document.addEventListener("paste", this.pasted);
    this.input.form?.addEventListener("submit", (event) => this.send(event));
  }

  disconnectedCallback() {
    document.removeEventListener("paste", this.pasted);
  }

  over(event, on) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.classList.toggle("over", on);
  }

  take(files) {
    if (this.input.disabled || !files.length) return;
    const all = new DataTransfer();
    for (const file of this.input.multiple ? [...this.input.files, ...files] : [files[0]]) all.items.add(file);
    this.input.files = all.files;
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  show() {
    const files = [...this.input.files];
    this.list.hidden = !files.length;
    this.list.replaceChildren(...files.map((file, at) => this.row(file, at)));
  }

  row(file, at) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const size = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    name.textContent = `${file.name} · ${size.format(file.size / 1024)} KB`;
    name.className = "truncate grow";
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "btn btn-i btn-sm";
    remove.textContent = "×";
    remove.setAttribute("aria-label", this.dataset.remove.replace("{name}", file.name));
    remove.addEventListener("click", () => {
      const kept = new DataTransfer();
      [...this.input.files].filter((_, index) => index !== at).forEach((each) => kept.items.add(each));
      this.input.files = kept.files;
      this.show();
      this.input.focus();
    });
    item.append(name, remove);
    return item;
  }

  /** Send with a bar that shows how far; where the answer is no redirect, say that nothing was kept. */
  send(event) {
    const form = this.input.form;
    if (event.defaultPrevented || !this.input.files.length || form.method !== "post") return;
    event.preventDefault();
    if (this.sending) return; // A second press would file everything twice.
    this.sending = true;
    const [bar, said] = [this.querySelector(".drop-p"), this.querySelector(".drop-s")];
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.hidden = false;
      bar.value = Math.round((loaded / total) * 100);
      said.textContent = this.dataset.sending.replace("{percent}", bar.value);
    });
    const failed = () => {
      this.sending = false;
      bar.hidden = true;
      const answer = new DOMParser().parseFromString(request.responseText ?? "", "text/html");
      said.textContent = answer.querySelector(".err")?.textContent.trim() || this.dataset.failed;
    };
    request.addEventListener("error", failed);
    request.addEventListener("load", () => {
      const target = request.getResponseHeader("HX-Redirect");
      if (target) location.assign(target);
      else if (request.status < 400 && request.responseURL !== form.action) location.assign(request.responseURL);
      else failed();
    });
    request.send(new FormData(form, event.submitter));
  }
}
customElements.define("file-drop", FileDrop);
