// @ts-check
// A diagnostic as in the terminal: message, related places, notes, help; and a button for everything that it suggests.
import { html } from "./vendor.js";
import { apply, editor } from "./document.js";
import { explainRule } from "./files.js";
import { setSkipBadRows } from "./runs.js";
import { page } from "./state.js";

/** `names` in backticks, as code. @param {string} words */
export const marked = (words) => words.split("`").map((part, index) => (index % 2 ? html`<code>${part}</code>` : part));

export const capital = (words) => words[0].toUpperCase() + words.slice(1);

/** Show a place of the text in the editor. */
export function show(from) {
  page.set({ mode: "json" });
  setTimeout(() => editor.current.goto(from));
}

/** Show a field in the form. */
export function showField(name) {
  page.set({ mode: "form", search: "", onlyChanged: false });
  setTimeout(() => {
    const row = document.querySelector(`[data-field="${name}"]`);
    row?.scrollIntoView({ block: "center" });
    /** @type {HTMLElement | null | undefined} */ (row?.querySelector("input, select"))?.focus({ preventScroll: true });
  });
}

export function Problem({ problem, place = false }) {
  return html`<div class=${`problem ${problem.severity}`}>
    <p>${problem.code && html`<button type="button" class="code" title="Explain this rule" onClick=${() => explainRule(problem.code)}>${problem.code}</button>`}
      ${" "}<span>${marked(problem.message)}</span>
      ${place && problem.place && html` <button type="button" class="link" onClick=${() => show(problem.from)}>line ${problem.place}</button>`}</p>
    ${problem.related.map((other) => html`<p class="because">${marked(other.message)}
      ${" "}<button type="button" class="link" onClick=${() => show(other.from)}>line ${other.place}</button></p>`)}
    ${problem.notes.map((note) => html`<p class="because">${marked(note)}</p>`)}
    ${problem.help && html`<p class="remedy">${marked(problem.help)}</p>`}
    <${Buttons} problem=${problem} />
  </div>`;
}

function Buttons({ problem }) {
  const actions = OWN[problem.situation]?.() ?? [];
  const late = page.use((state) => state.judged !== state.text);
  if (!problem.fixes.length && !actions.length) return null;
  return html`<div class="actions">
    ${problem.fixes.map((fix) => html`<button type="button" class="small" disabled=${late} onClick=${() => apply(fix.changes)}>${problem.safe || !problem.field ? "Fix: " : ""}${marked(problem.safe || !problem.field ? fix.description : capital(fix.description))}</button>`)}
    ${actions.map(([words, action]) => html`<button type="button" class="small" onClick=${action}>${words}</button>`)}
  </div>`;
}

const chooses = (name, kind) => {
  const { start, fields } = page.get();
  const field = start.fields.find((candidate) => candidate.name === name);
  return fields[name]?.value ? [] : [[`Choose ${kind === "data" ? "training data" : "a model"}…`, () => page.set({ dialog: { kind: `choose-${kind}`, field } })]];
};

/** What the page itself can do about a problem, by its situation (help_texts.py). @type {Record<string, () => any[][]>} */
const OWN = {
  "malformed rows": () => [["Skip malformed rows", () => setSkipBadRows(true)]],
  "earlier run": () => [["Overwrite…", () => page.set({ dialog: { kind: "overwrite" } })]],
  "nothing chosen": () => [...chooses("model", "model"), ...chooses("train_data", "data")],
};
