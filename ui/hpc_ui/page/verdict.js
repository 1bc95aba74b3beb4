// The compiler's answer: the verdict in one line, each diagnostic with its fix, and the summary of the job.
import { html } from "./vendor.js";

export function Verdict({ page }) {
  const [kind, words] = inWords(page.verdict.diagnostics);
  return html`<section class=${`card verdict ${kind}`} aria-labelledby="verdict-title">
    <div role="status"><h2 id="verdict-title">${words}</h2></div>
    ${page.verdict.diagnostics.map((problem) => html`<${Problem} page=${page} problem=${problem} place />`)}
  </section>`;
}

// On a narrow screen the verdict is far below the form: this is a link to it.
export function Chip({ page }) {
  const [kind, words] = inWords(page.verdict.diagnostics);
  return html`<a class=${`chip ${kind}`} href="#verdict-title">${words}</a>`;
}

function inWords(diagnostics) {
  const count = (severity) => diagnostics.reduce((sum, diagnostic) => sum + (diagnostic.severity === severity ? diagnostic.count : 0), 0);
  const [errors, warnings] = [count("error"), count("warning")];
  const words = [errors && plural(errors, "error"), warnings && plural(warnings, "warning")].filter(Boolean).join(", ");
  if (errors) return ["error", words];
  return warnings ? ["warning", `Compiles, with ${words}`] : ["good", "Compiles without errors"];
}

const plural = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

// `names` in backticks, as code.
export const marked = (words) => words.split("`").map((part, index) => (index % 2 ? html`<code>${part}</code>` : part));

export function Problem({ page, problem, place }) {
  return html`<div class=${`problem ${problem.severity}`}>
    <p><button type="button" class="code" title="Explain this rule" onClick=${() => page.explainRule(problem.code)}>${problem.code}</button>
      ${" "}<span>${marked(problem.message)}</span>
      ${place && problem.place && html` <button type="button" class="link" onClick=${() => page.show(problem)}>line ${problem.place}</button>`}</p>
    ${problem.help && html`<p class="remedy">${marked(problem.help)}</p>`}
    ${problem.fix && html`<button type="button" class="small" onClick=${() => page.apply(problem.fix.changes)}>Fix: ${marked(problem.fix.description)}</button>`}
  </div>`;
}

export function Summary({ page }) {
  return html`<section class=${`card summary${page.verdict.fields ? "" : " stale"}`} aria-labelledby="summary-title">
    <h2 id="summary-title">Summary</h2>
    <dl>${page.verdict.summary.map((row) => html`<div class=${row.fields.some((name) => page.marked.includes(name)) ? "marked" : ""}>
      <dt>${row.title}</dt><dd>${row.value}</dd></div>`)}</dl>
  </section>`;
}
