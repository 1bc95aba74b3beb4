// @ts-check
// The one status of the job, what stands against it, and the summary.
import { html } from "./vendor.js";
import { fixAll } from "./document.js";
import { Problem, showField } from "./problem.js";
import { fieldOf, markedOf, page, statusOf } from "./state.js";

const all = (state) => state;

export function Status() {
  const state = page.use(all);
  const { kind, words } = statusOf(state);
  const { there, here } = placed(state);
  const fixes = state.diagnostics.filter((problem) => problem.safe).length;
  return html`<section class=${`card verdict ${kind}`} aria-labelledby="verdict-title">
    <div role="status"><h2 id="verdict-title" tabindex="-1">${words}</h2></div>
    ${fixes > 1 && html`<button type="button" class="small" onClick=${fixAll}>Fix all</button>`}
    ${there.length > 0 && html`<ul class="where" aria-label="Fields with problems">${there.map((problem) => html`<li class=${problem.severity}>
      <button type="button" class="link" onClick=${() => showField(problem.field)}>${titleOf(state, problem)}</button> <span>${problem.code}</span></li>`)}</ul>`}
    ${here.map((problem) => html`<${Problem} problem=${problem} place />`)}
    ${(state.missing ?? []).map((problem) => html`<${Problem} problem=${problem} />`)}
  </section>`;
}

/** In the form a problem is shown at its field, and named here; everything else is shown here. */
function placed(state) {
  const atField = (problem) => state.mode === "form" && state.readable && fieldOf(state, problem.field).active && titleOf(state, problem) !== undefined;
  return { there: state.diagnostics.filter(atField), here: state.diagnostics.filter((problem) => !atField(problem)) };
}

const titleOf = (state, problem) => state.start.fields.find((field) => field.name === problem.field)?.title;

// On a narrow screen the status is far below the form: this is a link to it.
export function Chip() {
  const [kind, words] = page.use((state) => [statusOf(state).kind, statusOf(state).words]);
  return html`<a class=${`chip ${kind}`} href="#verdict-title">${words}</a>`;
}

export function Summary() {
  const [rows, readable] = page.use((state) => [state.summary, state.readable]);
  const marked = page.use(markedOf);
  return html`<section class=${`card summary${readable ? "" : " stale"}`} aria-labelledby="summary-title">
    <h2 id="summary-title">Summary</h2>
    <dl>${rows.map((row) => html`<div class=${row.fields.some((name) => marked.includes(name)) ? "marked" : ""}>
      <dt>${row.title}</dt><dd>${row.value}</dd></div>`)}</dl>
  </section>`;
}
