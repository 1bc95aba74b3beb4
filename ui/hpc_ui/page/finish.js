// @ts-check
// The end of a run: what came out of it, how it is loaded, and a question to it.
import { html, useState } from "./vendor.js";
import { copy } from "./files.js";
import { openMlflow } from "./runs.js";
import { stream } from "./server.js";

export function Finish({ run }) {
  const { summary } = run;
  const losses = summary.first_loss === null ? "" : `Loss ${figure(summary.first_loss)} → ${figure(summary.last_loss)}`;
  const evaluated = summary.last_eval_loss === null ? "" : `, evaluation loss ${figure(summary.last_eval_loss)}`;
  return html`<div class="finish">
    <p><b>${losses}${evaluated}</b></p>
    <h3>Files</h3><ul class="made">${run.files.map((path) => html`<li><code>${path}</code></li>`)}</ul>
    <${Ask} folder=${run.output_dir} />
    <h3>Load it</h3><pre tabindex="0">${run.snippet}</pre>
    <div class="actions"><button type="button" class="small" onClick=${() => copy(run.snippet, "the snippet")}>Copy the snippet</button>
      <button type="button" onClick=${() => openMlflow(run.output_dir)}>Open in MLflow</button></div>
  </div>`;
}

const figure = (value) => (typeof value === "number" ? value.toFixed(4) : String(value));

function Ask({ folder }) {
  const [question, setQuestion] = useState("");
  const [base, setBase] = useState(false);
  const [answer, setAnswer] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    setAnswer("");
    await stream("ask", { folder, question, base }, (piece) => setAnswer((before) => before + piece)).catch((error) => setAnswer(error.message));
    setBusy(false);
  };
  return html`<h3 id="ask-title">Try it</h3>
    <form class="ask" aria-labelledby="ask-title" onSubmit=${send}>
      <input type="text" aria-label="Question to the trained model" placeholder="Ask the trained model" value=${question} onInput=${(event) => setQuestion(event.target.value)} />
      <button type="submit" disabled=${busy || !question.trim()}>${busy ? "Answering…" : "Ask"}</button>
      <label class="option"><input type="checkbox" checked=${base} onChange=${(event) => setBase(event.target.checked)} /> Ask the base model instead</label>
    </form>
    <div role="status" aria-busy=${busy}>${answer && html`<pre class="answer">${answer}</pre>`}</div>`;
}
