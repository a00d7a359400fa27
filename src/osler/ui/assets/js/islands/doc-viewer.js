// <doc-viewer>: a PDF page by page, or a picture; zoom, rotation, print, and places where notes are pinned.
// pdf.js comes only when a PDF is opened; its worker has an address of its own, and nothing in a file is ever run.

const [LEAST, MOST, STEP] = [0.25, 6, 1.25];
const PIXELS = 16_000_000; // What a canvas of a telephone can be.
const PRINTED = 100;
const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const make = (name, className) => Object.assign(document.createElement(name), { className });

/** The pages of a PDF, each drawn when it is asked for. */
class Pdf {
  static async open(src, lib, worker) {
    const pdfjs = await import(lib);
    pdfjs.GlobalWorkerOptions.workerSrc = worker;
    const answer = await fetch(src, { credentials: "same-origin" }); // Once: each request is an opening in the audit.
    if (!answer.ok) throw new Error(answer.statusText);
    const made = new Pdf();
    made.file = await pdfjs.getDocument({
      data: new Uint8Array(await answer.arrayBuffer()),
      isEvalSupported: false,
      useWasm: false,
      enableXfa: false,
      stopAtErrors: false,
    }).promise;
    made.pages = made.file.numPages;
    return made;
  }

  async draw(number, rotation, width, zoom, dense = globalThis.devicePixelRatio || 1) {
    const page = await this.file.getPage(number);
    const turned = (page.rotate + rotation) % 360;
    const fit = width / page.getViewport({ scale: 1, rotation: turned }).width;
    const view = page.getViewport({ scale: fit * zoom, rotation: turned });
    const scale = Math.min(dense, Math.sqrt(PIXELS / (view.width * view.height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(view.width * scale);
    canvas.height = Math.floor(view.height * scale);
    await page.render({ canvas, viewport: view, transform: [scale, 0, 0, scale, 0, 0] }).promise;
    return { canvas, width: view.width, height: view.height };
  }
}

/** A picture as one page. */
class Picture {
  static async open(image) {
    await image.decode();
    return Object.assign(new Picture(), { image, pages: 1 });
  }

  async draw(_number, rotation, width, zoom) {
    const { naturalWidth: wide, naturalHeight: high } = this.image;
    const across = rotation % 180 ? high : wide;
    const scale = Math.min(1, width / across) * zoom;
    const fine = Math.min(1, Math.sqrt(PIXELS / (wide * high)));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = (rotation % 180 ? [high, wide] : [wide, high]).map((one) => Math.floor(one * fine));
    const pen = canvas.getContext("2d");
    pen.translate(canvas.width / 2, canvas.height / 2);
    pen.rotate((rotation * Math.PI) / 180);
    pen.drawImage(this.image, (-wide * fine) / 2, (-high * fine) / 2, wide * fine, high * fine);
    return { canvas, width: across * scale, height: (rotation % 180 ? wide : high) * scale };
  }
}

class DocViewer extends HTMLElement {
  connectedCallback() {
    [this.tools, this.body, this.status] = [".dv-t", ".dv-b", ".dv-s"].map((one) => this.querySelector(one));
    [this.number, this.page, this.zoom, this.rotation] = [this.querySelector(".dv-n"), 1, 1, 0];
    this.form = document.getElementById("pin-form");
    this.open();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.keys, true);
    this.watch?.disconnect();
    this.file?.file?.destroy();
  }

  async open() {
    this.status.textContent = this.dataset.loading;
    try {
      const image = this.querySelector(".dv-i");
      this.file = image ? await Picture.open(image) : await Pdf.open(this.dataset.src, this.dataset.lib, this.dataset.worker);
    } catch {
      this.status.textContent = this.dataset.failed;
      return;
    }
    this.ready();
    this.page = Math.max(1, Math.min(Number(/page=(\d+)/.exec(location.hash)?.[1] || 1), this.file.pages));
    await this.show();
  }

  ready() {
    this.tools.hidden = false;
    this.querySelector(".dv-p").hidden = this.file.pages < 2;
    this.tools.addEventListener("click", (event) => this.act(event.target.closest("[data-do]")?.dataset.do));
    this.number.addEventListener("change", () => this.go(Number.parseInt(this.number.value, 10) || this.page));
    this.keys = (event) => this.key(event);
    document.addEventListener("keydown", this.keys, true); // Before the keys of all pages: n turns pages here.
    this.paper = make("div", "dv-paper");
    this.paper.addEventListener("click", (event) => this.placed(event));
    this.body.replaceChildren(this.paper);
    let width = 0;
    this.watch = new ResizeObserver(() => {
      if (Math.abs(this.body.clientWidth - width) > 24) this.show();
      width = this.body.clientWidth;
    });
    width = this.body.clientWidth;
    this.watch.observe(this.body);
    for (const one of document.querySelectorAll("[data-pin] .dpin-n")) one.addEventListener("click", () => this.seek(one.parentElement));
  }

  act(what) {
    if (what === "next") return this.go(this.page + 1);
    if (what === "previous") return this.go(this.page - 1);
    if (what === "print") return this.print();
    if (what === "pin") return this.pinning(!this.placing);
    if (what === "in") this.zoom = Math.min(MOST, this.zoom * STEP);
    else if (what === "out") this.zoom = Math.max(LEAST, this.zoom / STEP);
    else if (what === "fit") this.zoom = 1;
    else if (what === "rotate") this.rotation = (this.rotation + 90) % 360;
    else return null;
    return this.show();
  }

  key(event) {
    const here = event.target === document.body || this.contains(event.target) || event.target.id === "main";
    if (!here || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    const what = { n: "next", p: "previous", "+": "in", "=": "in", "-": "out", 0: "fit", r: "rotate", PageDown: "next", PageUp: "previous" }[event.key];
    if (event.key === "Escape" && this.placing) this.pinning(false);
    if (!what || (this.file.pages < 2 && ["next", "previous"].includes(what))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.act(what);
  }

  go(number) {
    this.page = Math.max(1, Math.min(this.file.pages, number));
    this.body.scrollTop = 0;
    return this.show();
  }

  /** Draw the page; a drawing that was overtaken by the next one is thrown away. */
  async show() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const drawn = await this.file.draw(this.page, this.rotation, Math.max(this.body.clientWidth - 24, 160), this.zoom);
    if (turn !== this.turn) return;
    drawn.canvas.setAttribute("role", "img");
    drawn.canvas.setAttribute("aria-label", say(this.dataset.page, { page: this.page, pages: this.file.pages }));
    this.paper.style.width = `${drawn.width}px`;
    this.paper.style.height = `${drawn.height}px`;
    this.paper.replaceChildren(drawn.canvas, ...this.marks());
    this.number.value = this.page;
    this.querySelector("[data-of]").textContent = `/ ${this.file.pages}`;
    this.querySelector("[data-zoom]").textContent = `${Math.round(this.zoom * 100)}%`;
    this.status.textContent = say(this.dataset.page, { page: this.page, pages: this.file.pages });
    this.dataset.shown = `${this.page} ${this.rotation}`;
    if (this.form && !this.placing) this.form.elements.page.value = this.page;
  }

  marks() {
    const found = [];
    for (const item of document.querySelectorAll("[data-pin]:not(.gone)")) {
      const [page, x, y] = item.dataset.at.split(" ").map(Number);
      if (page !== this.page || (!x && !y)) continue;
      const mark = make("button", "dv-m");
      mark.type = "button";
      mark.textContent = item.dataset.pin;
      mark.setAttribute("aria-label", say(this.dataset.note, { n: item.dataset.pin, page }));
      this.place(mark, x, y);
      mark.addEventListener("click", (event) => {
        event.stopPropagation();
        item.scrollIntoView({ block: "center" });
        item.classList.add("lit");
        setTimeout(() => item.classList.remove("lit"), 2000);
      });
      found.push(mark);
    }
    return found;
  }

  /** A place of the unturned page on the page as it is turned now. */
  place(mark, x, y) {
    const turned = { 0: [x, y], 90: [100 - y, x], 180: [100 - x, 100 - y], 270: [y, 100 - x] }[this.rotation];
    [mark.style.left, mark.style.top] = turned.map((one) => `${one}%`);
  }

  seek(item) {
    this.go(Number(item.dataset.at.split(" ")[0]));
    this.scrollIntoView({ block: "nearest" });
  }

  pinning(on) {
    this.placing = on;
    this.paper.classList.toggle("placing", on);
    this.querySelector("[data-do=pin]")?.setAttribute("aria-pressed", on);
  }

  placed(event) {
    if (!this.placing || !this.form) return;
    const box = this.paper.getBoundingClientRect();
    const [x, y] = [((event.clientX - box.left) / box.width) * 100, ((event.clientY - box.top) / box.height) * 100];
    const plain = { 0: [x, y], 90: [y, 100 - x], 180: [100 - x, 100 - y], 270: [100 - y, x] }[this.rotation];
    const { elements } = this.form;
    [elements.x.value, elements.y.value] = plain.map((one) => one.toFixed(2));
    elements.page.value = this.page;
    this.paper.querySelector(".dv-new")?.remove();
    const mark = make("span", "dv-m dv-new");
    mark.textContent = "+";
    this.place(mark, ...plain);
    this.paper.append(mark);
    this.pinning(false);
    elements.text.focus();
  }

  /** All pages as pictures on paper; the audit hears of it first. */
  async print() {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
    const body = new URLSearchParams({ patient: document.body.dataset.patient, csrfmiddlewaretoken: token });
    const told = await fetch(this.dataset.printed, { method: "POST", body, credentials: "same-origin" }).catch(() => null);
    if (!told?.ok) return void (this.status.textContent = this.dataset.failed);
    const sheets = make("div", "dv-sheets");
    for (let page = 1; page <= Math.min(this.file.pages, PRINTED); page += 1) {
      const sheet = make("section", "dv-sheet"); // Whose it is stands on each: sheets come apart.
      const head = make("p", "dv-head");
      head.textContent = `${this.dataset.patient} · ${say(this.dataset.page, { page, pages: this.file.pages })}`;
      sheet.append(head, (await this.file.draw(page, this.rotation, 760, 1, 2)).canvas);
      sheets.append(sheet);
    }
    if (this.file.pages > PRINTED) this.status.textContent = say(this.dataset.most, { n: PRINTED });
    document.body.append(sheets);
    document.documentElement.classList.add("dv-printing");
    addEventListener("afterprint", () => {
      sheets.remove();
      document.documentElement.classList.remove("dv-printing");
    }, { once: true });
    print();
    return null;
  }
}
customElements.define("doc-viewer", DocViewer);
