// A run: start it, watch it, stop it. The run is independent of the page, which only reads the files that it writes.
import { html, useEffect, useRef, useState } from "./vendor.js";
import { Chart } from "./chart.js";
import { call } from "./server.js";

const EVERY = 1000;

// The last run of this folder, read every second while it is running.
export function useRun() {
  const [run, setRun] = useState(null);
  const seen = useRef({ log: "", to: 0, started: 0 });
  const look = async () => {
    const { run: now } = await call("watch", { log_from: seen.current.to }).catch(() => ({ run: null }));
    if (!now) return;
    const goesOn = now.started === seen.current.started && now.log_from === seen.current.to;
    seen.current = { log: (goesOn ? seen.current.log : "") + now.log, to: now.log_to, started: now.started };
    setRun({ ...now, log: seen.current.log });
  };
  useEffect(() => {
    look();
    const timer = setInterval(() => document.hidden || look(), EVERY);
    return () => clearInterval(timer);
  }, []);
  return [run, look];
}

export function Training({ page, run }) {
  const [options, setOptions] = useState({ overwrite: false, skip_bad_rows: false });
  const option = (name, words, not) => html`<label class="option"><input type="checkbox" checked=${options[name] && !not} disabled=${Boolean(not)}
    onChange=${(event) => setOptions({ ...options, [name]: event.target.checked })} /> ${words}${not && html`<span class="muted">, ${not}</span>`}</label>`;
  const start = () => page.startRun({ ...options, overwrite: options.overwrite && !page.resumes });
  const broken = page.verdict.diagnostics.some((diagnostic) => diagnostic.severity === "error");
  return html`<div class="training">
    ${!run?.running && html`<div class="start">
      <div class="actions"><button type="button" class="primary" disabled=${broken} onClick=${start}>Save and start</button>
        ${broken && html`<span class="muted">Fix the errors first.</span>`}</div>
      ${option("overwrite", "Discard an earlier run in the output folder", page.resumes && "not available while the job resumes from a checkpoint")} ${option("skip_bad_rows", "Skip malformed rows")}
    </div>`}
    ${run ? html`<${Run} page=${page} run=${run} />` : html`<p class="muted">No run has been started from this folder yet.</p>`}
  </div>`;
}

function Run({ page, run }) {
  const losses = run.metrics.filter((row) => Number.isFinite(row.loss));
  const rates = run.metrics.filter((row) => Number.isFinite(row.learning_rate));
  const last = run.metrics[run.metrics.length - 1];
  const share = !run.running && run.exit_code === 0 ? 1 : Math.min(1, (last?.epoch ?? 0) / run.epochs);
  const [stopping, setStopping] = useState(0);
  const log = useRef(null);
  useEffect(() => { if (log.current) log.current.scrollTop = log.current.scrollHeight; }, [run.log]);
  return html`<section class="run" aria-labelledby="run-title">
    <div role="status"><h3 id="run-title">${run.file}: ${state(run)}</h3></div>
    <progress max="1" value=${run.running && !last ? undefined : share} aria-label="Progress of the training"></progress>
    <p class="muted">${last ? `Step ${last.step}${total(last, run)}, epoch ${last.epoch.toFixed(2)} of ${run.epochs}` : "Loading libraries, model and data…"} → ${run.output_dir}</p>
    <div class="actions">
      ${run.running && html`<button type="button" class="danger" disabled=${stopping === run.started} onClick=${() => { setStopping(run.started); page.stopRun(); }}>
        ${stopping === run.started ? "Stopping at the end of this step…" : "Stop"}</button>`}
      ${!run.running && run.exit_code !== 0 && run.checkpoint && html`<button type="button" onClick=${() => page.resumeRun(run.file, { skip_bad_rows: run.skip_bad_rows })}>Resume from ${run.checkpoint.split("/").pop()}</button>`}
      ${!run.running && run.summary && html`<button type="button" onClick=${page.openMlflow}>Open in MLflow</button>`}
    </div>
    ${!run.running && run.summary && html`<p class="muted">${Object.entries(run.summary.results).map(([label, path]) => html`<span class="result">${label}: <code>${path}</code> </span>`)}</p>`}
    <div class="charts">
      <${Chart} title="Loss" points=${losses.map((row) => [row.step, row.loss])} format=${(value) => value.toFixed(3)} />
      <${Chart} title="Learning rate" points=${rates.map((row) => [row.step, row.learning_rate])} format=${(value) => value.toExponential(1)} />
    </div>
    <pre class="log" ref=${log} tabindex="0" role="log" aria-label="Log of the run">${run.log}</pre>
  </section>`;
}

function state(run) {
  if (run.running) return "training";
  if (run.exit_code === 0) return "finished";
  if ([130, 143].includes(run.exit_code)) return run.checkpoint ? `stopped at ${run.checkpoint}` : "stopped";
  return run.exit_code < 0 ? "ended unexpectedly" : `failed with exit code ${run.exit_code}`;
}

function total(last, run) {
  return last.epoch > 0 ? ` of ${Math.max(last.step, Math.round((last.step / last.epoch) * run.epochs))}` : "";
}
