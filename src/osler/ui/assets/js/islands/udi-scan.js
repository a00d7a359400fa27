// <udi-scan> around the box for a device's label: a hand scanner types into it; a photograph is read where the browser can.
const FORMATS = ["data_matrix", "code_128", "qr_code", "code_39"];

class UdiScan extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=text]");
    this.how = this.querySelector("input[name$=how]");
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => this.typed());
    if ("BarcodeDetector" in window && !this.querySelector("input[type=file]")) this.offer();
  }

  // Scanners type without a pause; they send the separator of GS1 as Ctrl+].
  key(event) {
    const now = performance.now();
    this.fast = now - (this.last ?? 0) < 35 ? (this.fast ?? 0) + 1 : 0;
    this.last = now;
    if (event.key !== "]" || !event.ctrlKey) return;
    event.preventDefault();
    this.input.setRangeText(" ", this.input.selectionStart, this.input.selectionEnd, "end");
  }

  typed() {
    this.how.value = this.fast > 8 ? "barcode" : "manual";
  }

  // The policy of the pages lets no script open the camera: the telephone's own camera takes the picture.
  offer() {
    const label = document.createElement("label");
    label.className = "btn btn-sm";
    label.textContent = this.dataset.camera;
    const picture = document.createElement("input");
    picture.type = "file";
    picture.accept = "image/*";
    picture.capture = "environment";
    picture.className = "vh";
    picture.addEventListener("change", () => this.photographed(picture));
    label.append(picture);
    this.said = document.createElement("p");
    this.said.className = "small";
    this.said.setAttribute("role", "status");
    this.append(label, this.said);
  }

  async photographed(picture) {
    const [file] = picture.files;
    if (!file) return;
    try {
      const bitmap = await createImageBitmap(file);
      const [found] = await new BarcodeDetector({ formats: FORMATS }).detect(bitmap);
      if (found) this.read(found.rawValue);
      else this.said.textContent = this.dataset.none;
    } catch {
      this.said.textContent = this.dataset.none;
    }
    picture.value = "";
  }

  read(text) {
    this.input.value = text.replaceAll("\u001d", " ").trim();
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.how.value = "barcode";
    this.closest("form").requestSubmit();
  }
}

customElements.define("udi-scan", UdiScan);
