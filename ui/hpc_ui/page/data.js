// @ts-check
// The rows of the job: their format and lengths, the first of them, and one as the model sees it.
import { html, useState } from "./vendor.js";
import { judge, settled, subject } from "./document.js";
import { Problem } from "./problem.js";
import { call } from "./server.js";
import { page } from "./state.js";

const READ_FROM = ["model", "train_data", "eval_data", "data_format", "max_sequence_length"];

// What was read is gone when the job reads something else.
export function Data() {
  const values = page.use((state) => JSON.stringify(READ_FROM.map((name) => state.fields[name]?.value)));
  const known = page.use((state) => Boolean(state.fields.train_data?.value));
  if (!known) return html`<p class="muted">The rows are shown here once the job has training data.</p>`;
  return html`<${Look} key=${values} />`;
}

function Look() {
  const evaluates = page.use((state) => Boolean(state.fields.eval_data?.value));
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const [row, setRow] = useState(1);
  const [evaluation, setEvaluation] = useState(false);
  const look = async (number) => {
    setRow(number);
    setBusy(true);
    await settled();
    setAnswer(await call("data", { ...subject(), field: evaluation ? "eval_data" : "train_data", row: number }).catch((error) => ({ error: error.message })));
    setBusy(false);
    await judge(); // The lengths of the rows are known now, and with them the job's tokens and memory.
  };
  return html`<div class="data" aria-busy=${busy}>
    <div class="actions"><button type="button" disabled=${busy} onClick=${() => look(row)}>${busy ? "Reading the rows…" : answer ? "Read again" : "Look at the rows"}</button>
      ${evaluates && html`<label class="option"><input type="checkbox" checked=${evaluation} onChange=${(event) => setEvaluation(event.target.checked)} /> Evaluation data</label>`}</div>
    ${answer?.error && html`<p class="notice error">${answer.error}</p>`}
    ${answer && !answer.error && html`<${Rows} answer=${answer} row=${row} busy=${busy} look=${look} />`}
  </div>`;
}

function Rows({ answer, row, busy, look }) {
  return html`<p><b>${answer.rows.toLocaleString("en")}</b> ${answer.rows >= answer.sample ? "rows looked at" : "rows"}${answer.malformed.length ? `, ${answer.malformed.length} of them malformed` : ""}, format <code>${answer.format ?? "unknown"}</code></p>
    ${answer.problems.map((problem) => html`<${Problem} problem=${{ field: "", situation: "", place: "", fixes: [], notes: [], related: [], ...problem }} />`)}
    ${answer.malformed.slice(0, 5).map((place) => html`<p class="muted">${place.file} row ${place.row}: ${place.reason}</p>`)}
    ${answer.lengths && html`<${Lengths} answer=${answer} />`}
    ${answer.shown ? html`<h3>Row ${row} as the model sees it</h3>
      <div class="actions"><button type="button" class="small" disabled=${busy || row < 2} onClick=${() => look(row - 1)}>Previous</button>
        <button type="button" class="small" disabled=${busy || row >= answer.rows} onClick=${() => look(row + 1)}>Next</button>
        <span class="muted">The highlighted text is learned.</span></div>
      ${answer.shown.map((entry) => html`<pre class="rendered" tabindex="0">${pieces(entry).map(([learned, text]) => (learned ? html`<mark>${text}</mark>` : text))}</pre>`)}`
    : html`<p class="muted">With a model, its tokens are counted and a row is shown as the model sees it.</p>`}
    ${answer.first && html`<h3>First rows</h3><pre tabindex="0">${answer.first.map((one) => `${one.row}: ${JSON.stringify(one.value)}`).join("\n")}</pre>`}`;
}

const pieces = (entry) => entry.pieces ?? [[false, entry.text]];

function Lengths({ answer: { lengths, histogram = [], cut } }) {
  const most = Math.max(1, ...histogram.map(([, count]) => count));
  return html`<h3>Tokens of a row</h3>
    <p>${lengths.min} to ${lengths.max}, median ${lengths.median}, 95 % within ${lengths.p95}; ${cut.rows} cut by the maximum sequence length</p>
    <table class="histogram"><caption class="hidden">How many rows have how many tokens</caption>
      <thead class="hidden"><tr><th scope="col">up to</th><th scope="col">rows</th></tr></thead>
      <tbody>${histogram.map(([end, count]) => html`<tr><th scope="row">${end}</th><td><span class="bar" style=${{ width: `${(100 * count) / most}%` }}></span> ${count}</td></tr>`)}</tbody></table>`;
}
