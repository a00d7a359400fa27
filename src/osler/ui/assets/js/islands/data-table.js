// <data-table> around a table: arrow keys, j and k go from row to row, Enter opens the row's first link.
class DataTable extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("focusin", (event) => this.mark(event.target.closest("tbody tr")));
    const first = this.links()[0];
    for (const link of this.links()) link.tabIndex = link === first ? 0 : -1;
  }

  links() {
    return [...this.querySelectorAll("tbody tr")].map((row) => row.querySelector("a[href], button")).filter(Boolean);
  }

  mark(row) {
    if (!row) return;
    for (const each of this.querySelectorAll("tr.at")) each.classList.toggle("at", each === row);
    row.classList.add("at");
    const mine = row.querySelector("a[href], button");
    for (const link of this.links()) link.tabIndex = link === mine ? 0 : -1;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, thead, .menu")) return;
    const single = document.documentElement.dataset.keys !== "off";
    const links = this.links();
    const now = links.findIndex((link) => link.closest("tr") === event.target.closest("tr"));
    const to = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      Home: 0,
      End: links.length - 1,
      ...(single ? { j: now + 1, k: now - 1 } : {}),
    }[event.key];
    if (to === undefined || !links.length) return;
    event.preventDefault();
    links[Math.max(0, Math.min(to, links.length - 1))].focus();
  }
}
customElements.define("data-table", DataTable);
