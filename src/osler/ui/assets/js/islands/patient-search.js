// <patient-search> around a search field and its results: arrow keys walk the list, Enter opens who was walked to, or
// the only one who fits. A list that comes late leaves the focus where it is.
class PatientSearch extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=search]");
    this.addEventListener("keydown", (event) => this.key(event));
    this.list = this.querySelector("#results");
    this.keep();
  }

  links() {
    return [...this.querySelectorAll(".pf-a")];
  }

  // The one who has the focus is replaced with the list: whoever was chosen is found again in the new one.
  keep() {
    let chosen = "";
    this.list.addEventListener("focusin", (event) => { chosen = event.target.closest(".pf-a")?.getAttribute("href") ?? ""; });
    this.list.addEventListener("focusout", (event) => { if (event.relatedTarget) chosen = ""; });
    this.input.addEventListener("focus", () => { chosen = ""; });
    new MutationObserver(() => {
      if (!chosen || this.list.contains(document.activeElement)) return;
      (this.links().find((one) => one.getAttribute("href") === chosen) ?? this.input).focus();
    }).observe(this.list, { childList: true });
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
    } else if (event.key === "Enter" && document.activeElement === this.input && this.single()) {
      event.preventDefault();
      links[0].click();
    }
  }

  // Enter opens a patient only where the list is of what stands in the field, and it is the one who fits.
  single() {
    const of = this.querySelector("[data-of]")?.dataset.of;
    const said = this.input.value.trim().split(/\s+/).join(" ");
    return said && of === said && this.links().length === 1;
  }
}

customElements.define("patient-search", PatientSearch);
