// @ts-check
// The run: how it goes, its charts and its log; its end; and the runs of earlier.
import { html, useEffect, useRef, useState } from "./vendor.js";
import { Chart } from "./chart.js";
import { Finish } from "./finish.js";
import { resume, setSkipBadRows, showEarlier, stop } from "./runs.js";
import { call } from "./server.js";
import { page, plural } from "./state.js";

export function Training() {
  const run = page.use((state) => state.run);
  const earlier = page.use((state) => state.earlier);
  const skips = page.use((state) => state.skipBadRows);
  const shown = earlier ?? run;
  return html`<div class="training">
    <div class="actions"><label class="option"><input type="checkbox" checked=${skips} onChange=${(event) => setSkipBadRows(event.target.checked)} /> Skip malformed rows</label>
    ${earlier && run && html`<button type="button" class="link" onClick=${() => page.set({ earlier: null })}>Back to the last run</button>`}</div>
    ${shown ? html`<${Run} key=${shown.started} run=${shown} />` : html`<p class="muted">No run has been started from this page yet.</p>`}
    <${Earlier} now=${shown?.output_dir} ended=${run?.running} />
  </div>`;
}

function Run({ run }) {
  const last = run.metrics[run.metrics.length - 1];
  const [stopping, setStopping] = useState(false);
  const log = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => { if (log.current) log.current.scrollTop = log.current.scrollHeight; }, [run.log]);
  const total = newest(run.metrics, "max_steps");
  const share = !run.running && run.exit_code === 0 ? 1 : total && last ? last.step / total : 0;
  return html`<section class="run" aria-labelledby="run-title">
    <div role="status"><h3 id="run-title">${run.file}: ${ending(run)}</h3></div>
    <progress max="1" value=${run.running && !last ? undefined : share} aria-label="Progress of the training"></progress>
    <${Facts} run=${run} last=${last} total=${total} />
    <div class="actions">
      ${run.running && html`<button type="button" class="danger" disabled=${stopping} onClick=${() => { setStopping(true); stop(); }}>
        ${stopping ? "Stopping at the end of this step…" : "Stop"}</button>`}
      ${!run.running && run.exit_code !== 0 && run.checkpoint && html`<button type="button" onClick=${() => resume(run.file)}>Resume from ${run.checkpoint.split("/").pop()}</button>`}
    </div>
    ${!run.running && run.files.length > 0 && html`<${Finish} run=${run} />`}
    <div class="charts">${CHARTS.map(([title, series, format]) => html`<${Chart} key=${title} title=${title} format=${format}
      series=${series.map(([key, label]) => ({ label, points: points(run.metrics, key) }))} />`)}</div>
    <details open=${run.running || run.exit_code !== 0}><summary>Log</summary>
      <pre class="log" ref=${log} tabindex="0" role="log" aria-label="Log of the run">${run.log}</pre></details>
  </section>`;
}

const CHARTS = /** @type {[string, string[][], (value: number) => string][]} */ ([
  ["Loss", [["loss", "Loss"], ["eval_loss", "Evaluation loss"]], (value) => value.toFixed(3)],
  ["Learning rate", [["learning_rate", "Learning rate"]], (value) => value.toExponential(1)],
  ["Margin", [["rewards/margins", "Margin"], ["eval_rewards/margins", "Evaluation margin"]], (value) => value.toFixed(3)],
  ["Accuracy", [["rewards/accuracies", "Accuracy"], ["eval_rewards/accuracies", "Evaluation accuracy"]], (value) => value.toFixed(2)],
]);

const points = (rows, key) => rows.filter((row) => Number.isFinite(row[key])).map((row) => [row.step, row[key]]);
const newest = (rows, key) => rows.findLast((row) => Number.isFinite(row[key]))?.[key];

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes ? `${minutes} min ${Math.round(seconds) % 60} s` : `${Math.round(seconds)} s`;
}

function Facts({ run, last, total }) {
  if (!last) return html`<p class="muted">${run.running ? "Loading libraries, model and data…" : ""} → ${run.output_dir}</p>`;
  const speed = newest(run.metrics, "tokens_per_second");
  const steps = newest(run.metrics, "steps_per_second");
  const memory = newest(run.metrics, "memory");
  const facts = [
    ["Step", total ? `${last.step} of ${total}` : last.step],
    ["Epoch", last.epoch?.toFixed(2)],
    [run.running ? "Time left" : "Time", run.running ? total && last.step && duration((last.elapsed / last.step) * (total - last.step)) : duration(last.elapsed)],
    ["Speed", speed ? `${Math.round(speed).toLocaleString("en")} tokens/s` : steps && `${steps.toFixed(2)} steps/s`],
    ["Peak memory", memory && `${(memory / 2 ** 30).toFixed(1)} GiB`],
    ["Folder", run.output_dir],
  ];
  return html`<dl class="facts-of-run">${facts.filter(([, value]) => value !== undefined && value !== 0).map(([title, value]) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function ending(run) {
  if (run.state) return run.state;
  if (run.running) return "training";
  if (run.exit_code === 0) return "finished";
  if ([130, 143].includes(run.exit_code)) return run.checkpoint ? `stopped at ${run.checkpoint}` : "stopped";
  return run.exit_code < 0 ? "ended unexpectedly" : `failed with exit code ${run.exit_code}`;
}

function Earlier({ now, ended }) {
  const [runs, setRuns] = useState(/** @type {any[]} */ ([]));
  useEffect(() => { call("runs").then((answer) => setRuns(answer.runs), () => setRuns([])); }, [now, ended]);
  const others = runs.filter((run) => run.folder !== now);
  if (!others.length) return null;
  return html`<h3>Earlier runs</h3><ul class="runs" aria-label="Earlier runs">${others.map((run) => html`<li>
    <button type="button" class="link" onClick=${() => showEarlier(run.folder)}>${run.folder}</button>
    ${" "}<span class="muted">${[run.state, plural(run.steps, "step"), run.loss !== null && `loss ${run.loss.toFixed(3)}`, run.seconds && duration(run.seconds)].filter(Boolean).join(" · ")}</span></li>`)}</ul>`;
}
