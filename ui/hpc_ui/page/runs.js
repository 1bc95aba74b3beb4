// @ts-check
// Runs: start, watch, stop, resume, and those of earlier. A run is independent of the page, which reads the files that it writes.
import { call } from "./server.js";
import { edit, judge, lookForMissing, settled } from "./document.js";
import { open, save } from "./files.js";
import { guarded, isDirty, page, say, statusOf } from "./state.js";

const EVERY = 1000;
const PATIENCE = 700;
// The only field that actions know by its name: the config decides whether a run resumes.
const RESUME = "resume_from_checkpoint";

/** Save the job if it is not, and train it; `overwrite` discards an earlier run in its output folder. */
const start = (overwrite) => guarded(async () => {
  await settled();
  const { document: { path }, skipBadRows } = page.get();
  if (!path || isDirty(page.get())) return void (await save(start(overwrite)));
  await judge();
  const state = page.get();
  const missing = state.missing?.filter((problem) => !(overwrite && problem.situation === "earlier run")) ?? null;
  if (statusOf({ ...state, missing }).reason) return;
  page.set({ panel: "training", earlier: null });
  try {
    await call("run", { path, overwrite, skip_bad_rows: skipBadRows });
  } finally {
    await look();
    await judge();
  }
});
export const train = start(false);
export const trainOver = start(true);

export async function setSkipBadRows(skipBadRows) {
  page.set({ skipBadRows, missing: null });
  await lookForMissing();
}

const goOn = async () => {
  await edit(RESUME, true);
  await train();
};
export const resume = (path) => (page.get().document.path === path ? goOn() : open(path, goOn));

export const stop = guarded(async () => {
  await call("stop");
  await look();
});

/** Read what is new of the last run: the log from a byte on, the metrics from a line on. */
export async function look(fresh = false) {
  const before = page.get().run;
  const known = fresh ? null : before;
  const asked = { log_from: known?.log_to ?? 0, metrics_from: known?.metrics.length ?? 0 };
  const { run: now } = await call("watch", asked).catch(() => ({ run: null }));
  if (!now || before !== page.get().run) return;
  if (known && now.started !== known.started) return void (await look(true));
  if (known && isSame(known, now)) return;
  const log = known && now.log_from === asked.log_from ? known.log : "";
  const metrics = known && now.metrics_from === asked.metrics_from ? known.metrics : [];
  page.set({ run: { ...now, log: log + now.log, metrics: [...metrics, ...now.metrics] } });
  if (now.running && !before?.running) page.set({ panel: "training", earlier: null });
  if (!now.running && before?.running) await judge();
}

const isSame = (before, now) => !now.log && !now.metrics.length && now.log_from === before.log_to
  && now.running === before.running && now.exit_code === before.exit_code && now.checkpoint === before.checkpoint;

export function watchRuns() {
  look();
  setInterval(() => document.hidden || look(), EVERY);
}

export const showEarlier = guarded(async (folder) => {
  const { run } = await call("watch", { folder });
  page.set({ earlier: run, panel: "training" });
});

export const openMlflow = guarded(async (folder) => {
  say({ text: "Starting MLflow…", stays: true });
  let address = null;
  while (!address) {
    ({ address } = await call("mlflow", { folder }));
    if (!address) await new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
  }
  say({ text: "MLflow is ready.", link: address });
});
