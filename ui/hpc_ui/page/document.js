// @ts-check
// The document: edits of its text, from the form or the editor, and the compiler's verdict on it.
import { call } from "./server.js";
import { guarded, hasErrors, page, say, working } from "./state.js";

const PAUSE = 250;
/** The editor holds the text in both modes. @type {{current: any}} */
export const editor = { current: null };

export const subject = () => {
  const { format, path } = page.get().document;
  return { text: editor.current.text(), format, path };
};

const isSubject = (asked) => ["text", "format", "path"].every((part) => asked[part] === subject()[part]);

/** One at a time, and once more when it was called meanwhile: the last answer is of the job as it stands. @param {() => Promise<void>} ask */
function latest(ask) {
  let [called, running] = [false, /** @type {Promise<void> | null} */ (null)];
  const run = async () => {
    for (; called; await guarded(ask)()) called = false;
    running = null;
  };
  return () => {
    called = true;
    running ??= run();
    return running;
  };
}

const check = latest(async () => {
  const asked = subject();
  const answer = await call("check", asked);
  if (!isSubject(asked)) return;
  const { baseline, artifacts, fields, summary, document } = page.get();
  page.set({
    diagnostics: answer.diagnostics,
    readable: answer.fields !== null,
    fields: answer.fields ?? fields,
    summary: answer.fields ? answer.summary : summary.map((row) => ({ ...row, value: "—" })),
    artifacts: answer.artifacts ?? artifacts,
    baseline: baseline ?? answer.artifacts,
    stale: answer.artifacts === null,
    judged: asked.text,
    missing: hasErrors(answer) ? [] : null,
    document: { ...document, disk: answer.stamp },
  });
  editor.current.show(answer.diagnostics);
});

/** What a job without errors still lacks: asked after the verdict, because the hub may be slow. */
export const lookForMissing = latest(async () => {
  const asked = subject();
  const { skipBadRows } = page.get();
  let missing = [{ ...NOT_CHECKED }];
  try {
    ({ missing } = await call("ready", { ...asked, overwrite: false, skip_bad_rows: skipBadRows }));
  } finally {
    if (isSubject(asked) && skipBadRows === page.get().skipBadRows) page.set({ missing });
  }
});

const NOT_CHECKED = {
  code: "", severity: /** @type {const} */ ("error"), count: 1, message: "Could not check whether the job can run.", help: "", field: "", place: "",
  situation: "", from: 0, to: 0, safe: false, fixes: [], notes: [], related: [],
};

export async function judge() {
  await check();
  if (page.get().judged === editor.current.text() && !hasErrors(page.get())) await lookForMissing();
}

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

/** Changes of the text, computed on the text as it stands when they arrive. */
async function computed(name, body = {}) {
  for (;;) {
    const asked = subject();
    const answer = await call(name, { ...asked, ...body });
    if (isSubject(asked)) return answer;
  }
}

// Edits of the form wait for each other, so that each is computed on the text that the one before it left.
let queue = Promise.resolve();
function change(body) {
  working(1);
  const one = guarded(async () => {
    const { changes } = await computed("edit", body);
    if (changes.length) editor.current.change(changes);
    clearTimeout(timer);
    await judge();
  });
  queue = queue.then(() => one()).then(() => working(-1));
  return queue;
}

/** @type {Map<string, any>} */
const typed = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

/** A control shows what was chosen at once; what is typed reaches the compiler after a pause. */
export function edit(field, value, atOnce = true) {
  page.set(({ chosen }) => ({ chosen: { ...chosen, [field]: value } }));
  if (!typed.size) working(1);
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
  if (edits.length) working(-1);
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

/** A fix is of the text that was judged: it is left alone where the text has changed since. */
export const apply = (changes) => void (page.get().judged === editor.current.text() && editor.current.change(changes));
export const fixAll = guarded(async () => {
  await settled();
  const { changes, count } = await computed("fix");
  if (!changes.length) return;
  editor.current.change(changes);
  say({ text: `${count === 1 ? "1 fix" : `${count} fixes`} applied.`, undo: editor.current.text() });
});
