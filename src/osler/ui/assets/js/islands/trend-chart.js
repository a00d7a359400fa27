/* A read-out for a chart drawn by the server: pointer, touch and arrow keys. Without it the chart and its table still stand.
   data-points is [[x in the picture, words], …] from left to right. */
class TrendChart extends HTMLElement {
  connectedCallback() {
    if (this.tip) return;
    this.points = JSON.parse(this.dataset.points || "[]");
    this.svg = this.querySelector("svg");
    if (!this.svg || !this.points.length) return;
    this.at = this.points.length - 1;
    this.tabIndex = 0;
    this.setAttribute("role", "group");
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.setAttribute("aria-live", "polite");
    this.tip.hidden = true;
    this.append(this.tip);
    this.cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
    this.cursor.setAttribute("class", "cursor");
    for (const kind of ["pointermove", "pointerdown"]) this.addEventListener(kind, (e) => this.near(e));
    this.addEventListener("pointerleave", () => document.activeElement !== this && this.hide());
    this.addEventListener("focus", () => this.show(this.at));
    this.addEventListener("blur", () => this.hide());
    this.addEventListener("keydown", (e) => this.key(e));
  }

  near(e) {
    const box = this.svg.getBoundingClientRect();
    const x = ((e.clientX - box.left) / box.width) * this.svg.viewBox.baseVal.width;
    let best = 0;
    this.points.forEach(([px], i) => {
      if (Math.abs(px - x) < Math.abs(this.points[best][0] - x)) best = i;
    });
    this.show(best);
  }

  key(e) {
    const last = this.points.length - 1;
    const to = { ArrowLeft: this.at - 1, ArrowRight: this.at + 1, Home: 0, End: last }[e.key];
    if (e.key === "Escape") this.hide();
    if (to === undefined) return;
    e.preventDefault();
    this.show(Math.max(0, Math.min(last, to)));
  }

  show(i) {
    const [x, words] = this.points[i];
    const view = this.svg.viewBox.baseVal;
    this.at = i;
    this.tip.textContent = words;
    this.tip.hidden = false;
    for (const [name, value] of [["x1", x], ["x2", x], ["y1", 8], ["y2", view.height - 20]])
      this.cursor.setAttribute(name, value);
    this.svg.append(this.cursor);
    const width = this.svg.getBoundingClientRect().width;
    const left = (x / view.width) * width - this.tip.offsetWidth / 2;
    this.tip.style.left = `${Math.max(0, Math.min(left, width - this.tip.offsetWidth))}px`;
  }

  hide() {
    this.tip.hidden = true;
    this.cursor.remove();
  }
}

customElements.define("trend-chart", TrendChart);
