// <tab-list> around sections that begin with a heading: without this they follow each other, with it they are tabs.
class TabList extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("[role=tablist]")) return;
    this.panels = [...this.querySelectorAll(":scope > section")];
    this.bar = document.createElement("div");
    this.bar.className = "tabs";
    this.bar.setAttribute("role", "tablist");
    this.bar.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.tabs = this.panels.map((panel, at) => this.tab(panel, at));
    this.bar.append(...this.tabs);
    this.prepend(this.bar);
    const named = this.panels.findIndex((panel) => `#${panel.id}` === location.hash);
    this.show(Math.max(0, named));
    this.bar.addEventListener("keydown", (event) => this.key(event));
  }

  tab(panel, at) {
    const heading = panel.querySelector("h2, h3, h4");
    const made = document.createElement("button");
    made.type = "button";
    made.id = `${panel.id}-tab`;
    made.setAttribute("role", "tab");
    made.setAttribute("aria-controls", panel.id);
    made.textContent = heading.textContent;
    made.addEventListener("click", () => this.show(at));
    heading.classList.add("vh");
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", made.id);
    return made;
  }

  show(at) {
    for (const [index, panel] of this.panels.entries()) {
      panel.hidden = index !== at;
      this.tabs[index].setAttribute("aria-selected", String(index === at));
      this.tabs[index].tabIndex = index === at ? 0 : -1;
    }
  }

  key(event) {
    const now = this.tabs.indexOf(document.activeElement);
    const forward = this.matches(":dir(rtl)") ? "ArrowLeft" : "ArrowRight";
    const back = this.matches(":dir(rtl)") ? "ArrowRight" : "ArrowLeft";
    const to = { [forward]: now + 1, [back]: now - 1, Home: 0, End: this.tabs.length - 1 }[event.key];
    if (to === undefined || now < 0) return;
    event.preventDefault();
    const at = (to + this.tabs.length) % this.tabs.length;
    this.show(at);
    this.tabs[at].focus();
  }
}
customElements.define("tab-list", TabList);
