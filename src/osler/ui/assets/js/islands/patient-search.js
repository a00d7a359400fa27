// <patient-search> around a search field and its results: arrow keys walk the list, Enter opens the first or the chosen.
class PatientSearch extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=search]");
    this.addEventListener("keydown", (event) => this.key(event));
  }

  links() {
    return [...this.querySelectorAll(".pf-a")];
  }

  key(event) {
    const links = this.links();
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!links.length) return;
      event.preventDefault();
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      (next < 0 ? this.input : links[Math.min(next, links.length - 1)]).focus();
    } else if (event.key === "Escape" && at >= 0) {
      this.input.focus();
    } else if (event.key === "Enter" && document.activeElement === this.input && this.shown()) {
      event.preventDefault();
      links[0].click();
    }
  }

  // Enter opens a patient only where the list is of what stands in the field, and it is the one who fits.
  shown() {
    return this.links().length === 1 && !this.querySelector(".htmx-request");
  }
}

customElements.define("patient-search", PatientSearch);
