// <question-form>: a digit answers the question that has the focus and goes on to the next one; what an earlier
// answer rules out is not asked.
class QuestionForm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("input", () => this.skip());
    this.addEventListener("change", () => this.skip());
    this.skip();
  }

  skip() {
    for (const one of this.querySelectorAll("fieldset[data-unless]")) {
      const first = `fieldset[data-code="${one.dataset.unless}"]`;
      const answer = this.querySelector(`${first} input:checked, ${first} input.input`);
      one.hidden = one.dataset.after.split(" ").includes(answer?.value.trim() ?? "");
    }
  }

  key(event) {
    if (!/^\d$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.type !== "radio") return;
    const question = event.target.closest("fieldset");
    const choices = [...question.querySelectorAll("input[type=radio]")];
    const chosen = event.key === "0" ? choices.at(-1) : choices.slice(0, -1)[Number(event.key) - 1];
    if (!chosen) return;
    event.preventDefault();
    chosen.checked = true;
    chosen.dispatchEvent(new Event("change", { bubbles: true }));
    const all = [...this.querySelectorAll("fieldset.b-q:not([hidden])")];
    const next = all[all.indexOf(question) + 1];
    (next?.querySelector("input:checked, input") ?? chosen).focus();
  }
}

customElements.define("question-form", QuestionForm);
