// @ts-check
// The document: edits of its text, from the form or the editor, and the compiler's verdict on it.
import { call } from "./server.js";
import { guarded, page, say } from "./state.js";

const PAUSE = 250;
/** The editor holds the text in both modes. @type {{current: any}} */
export const editor = { current: null };

export const subject = () => {
  const { format, path } = page.get().document;
  return { text: editor.current.text(), format, path };
};

export const judge = guarded(async () => {
  const asked = subject();
  const answer = await call("check", asked);
  if (asked.text !== editor.current.text()) return;
  const { baseline, artifacts, fields, summary, document } = page.get();
  const failed = answer.diagnostics.some((problem) => problem.severity === "error");
  page.set({
    diagnostics: answer.diagnostics,
    readable: answer.fields !== null,
    fields: answer.fields ?? fields,
    summary: answer.fields ? answer.summary : summary.map((row) => ({ ...row, value: "—" })),
    artifacts: answer.artifacts ?? artifacts,
    baseline: baseline ?? answer.artifacts,
    stale: answer.artifacts === null,
    judged: asked.text,
    missing: failed ? [] : null,
    document: { ...document, disk: answer.stamp },
  });
  editor.current.show(answer.diagnostics);
  if (!failed) await lookForMissing();
});

/** What a job without errors still lacks: asked after the verdict, because the hub may be slow. */
export const lookForMissing = guarded(async () => {
  const asked = subject();
  const { skipBadRows } = page.get();
  let missing = [{ ...NOT_CHECKED }];
  try {
    ({ missing } = await call("ready", { ...asked, overwrite: false, skip_bad_rows: skipBadRows }));
  } finally {
    if (asked.text === editor.current.text()) page.set({ missing });
  }
});
const NOT_CHECKED = {
  code: "", severity: /** @type {const} */ ("error"), count: 1, message: "Could not check whether the job can run.", help: "", field: "", place: "",
  from: 0, to: 0, safe: false, fixes: [], notes: [], related: [],
};

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
export function onText() {
  const { message } = page.get();
  const text = editor.current.text();
  page.set({ text, ...(message?.undo !== undefined && message.undo !== text ? { message: null } : {}) });
  clearTimeout(timer);
  timer = setTimeout(judge, PAUSE);
}

export function load(fresh) {
  editor.current.load(fresh.text, fresh.format);
  const text = editor.current.text(); // Its line ends may be others.
  page.set({
    document: { ...fresh, saved: text }, text, judged: null, baseline: null, artifacts: [], missing: null, message: null,
    chosen: {}, search: "", onlyChanged: false, skipBadRows: false,
  });
  return judge();
}

// Edits of the form wait for each other, so that each is computed on the text that the one before it left.
let queue = Promise.resolve();
const waiting = (more) => page.set((state) => ({ waiting: state.waiting + more }));
function change(body) {
  waiting(1);
  const work = guarded(async () => {
    let asked, answer;
    do {
      asked = subject();
      answer = await call("edit", { ...asked, ...body });
    } while (asked.text !== editor.current.text());
    if (answer.changes.length) editor.current.change(answer.changes);
    clearTimeout(timer);
    await judge();
  });
  queue = queue.then(() => work()).then(() => waiting(-1));
  return queue;
}

/** @type {Map<string, any>} */
const typed = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

/** A control shows what was chosen at once; what is typed reaches the compiler after a pause. */
export function edit(field, value, atOnce = true) {
  page.set(({ chosen }) => ({ chosen: { ...chosen, [field]: value } }));
  if (!typed.size) waiting(1);
  typed.set(field, value);
  clearTimeout(typing);
  if (atOnce) return settled();
  typing = setTimeout(settled, PAUSE);
  return queue;
}

/** Everything that was typed has reached the document. */
export async function settled() {
  clearTimeout(typing);
  const edits = [...typed];
  typed.clear();
  for (const [field, value] of edits) change(value === undefined ? { fields: [field] } : { field, value }).then(() => forget(field, value));
  if (edits.length) waiting(-1);
  await queue;
}

const forget = (field, value) => page.set(({ chosen: { [field]: now, ...others } }) => ({ chosen: Object.is(now, value) ? others : { ...others, [field]: now } }));

export async function reset(fields, note) {
  await settled();
  await change({ fields });
  if (note) say({ text: `${note}.`, undo: editor.current.text() });
}

export const undo = () => moved(() => editor.current.undo());
export const redo = () => moved(() => editor.current.redo());
async function moved(step) {
  await settled();
  step();
  page.set(({ undone }) => ({ undone: undone + 1, message: null }));
}

export const apply = (changes) => editor.current.change(changes);
export const fixAll = guarded(async () => {
  await settled();
  const { changes, count } = await call("fix", subject());
  if (!changes.length) return;
  apply(changes);
  say({ text: `${count === 1 ? "1 fix" : `${count} fixes`} applied.`, undo: editor.current.text() });
});
