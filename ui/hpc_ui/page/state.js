// @ts-check
// The page's state, and what follows from it. The document is the editor's text; everything else is derived from it.
import { createStore } from "./store.js";

/**
 * @typedef {{from: number, to: number, insert: string}} Change
 * @typedef {{description: string, changes: Change[]}} Fix
 * @typedef {{code: string, severity: "error" | "warning" | "note", count: number, message: string, help: string,
 *   situation: string, field: string,
 *   place: string, from: number, to: number, safe: boolean, fixes: Fix[], notes: string[],
 *   related: {message: string, place: string, from: number}[]}} Problem
 * @typedef {{value: any, given: boolean, active: boolean}} FieldState
 * @typedef {{path: string | null, suggested?: string, format: string, text: string, stamp: string | null, saved: string,
 *   disk?: string | null}} Document
 * @typedef {{name: string, lines: {text: string, key: string, fields: string[], why: string}[]}} Artifact
 * @typedef {{title: string, value: string, fields: string[]}} SummaryRow
 * @typedef {{text: string, error?: boolean, undo?: string, link?: string, stays?: boolean, overwrite?: {path: string, seen: string | null}}} Message
 * @typedef {{step: number, epoch: number | null, elapsed?: number, max_steps?: number, memory?: number, [name: string]: any}} Row
 * @typedef {{file: string, output_dir: string, started: number, running: boolean, exit_code: number, checkpoint: string | null,
 *   state?: string, skip_bad_rows: boolean, metrics: Row[], summary: any, files: string[], snippet: string, log: string, log_to: number}} Run
 */

export const page = createStore({
  /** @type {any} */ start: null,
  /** @type {Document} */ document: { path: null, format: "jsonc", text: "", stamp: null, saved: "" },
  text: "",
  /** @type {Problem[]} */ diagnostics: [],
  readable: true,
  /** @type {string | null} */ judged: null,
  /** @type {Record<string, FieldState>} */ fields: {},
  /** @type {SummaryRow[]} */ summary: [],
  /** @type {Artifact[]} */ artifacts: [],
  /** @type {Artifact[] | null} */ baseline: null,
  stale: false,
  /** @type {Problem[] | null} What the job lacks; null while that is not known. */ missing: null,
  /** @type {Record<string, any>} What was chosen in a control and the document does not hold yet. */ chosen: {},
  undone: 0,
  /** @type {"form" | "json"} */ mode: "form",
  panel: "files",
  search: "",
  onlyChanged: false,
  /** @type {string[]} */ pointed: [],
  /** @type {string[]} */ focused: [],
  skipBadRows: false,
  /** @type {Run | null} */ run: null,
  /** @type {Run | null} An earlier run that is looked at. */ earlier: null,
  /** @type {any} */ dialog: null,
  /** @type {Message | null} */ message: null,
});

/** @typedef {ReturnType<typeof page.get>} State */

/** What is under way: a store of its own, so that only what shows it is drawn again. */
export const work = createStore({ actions: 0 });

/** @param {number} more */
export const working = (more) => work.set(({ actions }) => ({ actions: actions + more }));

export const plural = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

/** @param {Problem[]} problems @param {string} severity */
const count = (problems, severity) => problems.reduce((sum, problem) => sum + (problem.severity === severity ? problem.count : 0), 0);

/** @param {{diagnostics: Problem[]}} state */
export const hasErrors = ({ diagnostics }) => count(diagnostics, "error") > 0;

/**
 * The one status of the job: its kind, its words, and why it cannot be trained now, if it cannot.
 * @param {State} state
 */
export function statusOf({ diagnostics, missing, run, judged }) {
  const [errors, warnings] = [count(diagnostics, "error"), count(diagnostics, "warning")];
  const also = warnings ? `, ${plural(warnings, "warning")}` : "";
  if (errors) return { kind: "error", words: plural(errors, "error") + also, reason: "Fix the errors first." };
  if (!missing || judged === null) return { kind: "open", words: "Checking…", reason: "The job is being checked." };
  if (missing.length) return { kind: "missing", words: `Not ready to train${also}`, reason: missing[0].message };
  return { kind: warnings ? "warning" : "good", words: `Ready to train${also}`, reason: run?.running ? "A run is in progress." : "" };
}

/** @param {State} state */
export const isJudging = (state) => state.judged !== state.text || (state.missing === null && !hasErrors(state));

/** @param {State} state */
export const isDirty = (state) => state.text !== state.document.saved;

/** @param {State} state */
export const isEmpty = (state) => state.readable && !state.document.path && !Object.values(state.fields).some((field) => field.given);

/** @param {State} state */
export const markedOf = (state) => (state.pointed.length ? state.pointed : state.focused);

/** A field's value as it was chosen last, or else as the document has it. @param {State} state @param {string} name @returns {FieldState} */
export function fieldOf(state, name) {
  const known = state.fields[name] ?? UNKNOWN;
  return state.chosen[name] === undefined ? known : { ...known, value: state.chosen[name], given: true };
}

const UNKNOWN = { value: null, given: false, active: true };

/** @param {Message | null} message */
export const say = (message) => page.set({ message });

/** An action whose refusal is shown instead of being thrown. @template {any[]} A @template R @param {(...values: A) => Promise<R>} action */
export const guarded = (action) => async (/** @type {A} */ ...values) => {
  working(1);
  try {
    return await action(...values);
  } catch (error) {
    say({ text: /** @type {Error} */ (error).message, error: true });
    return undefined;
  } finally {
    working(-1);
  }
};
