// @ts-check
// Opening, saving and copying: nothing unsaved is replaced, and nothing on disk is overwritten, unless the user agrees.
import { call, download as fetchFolder, Refusal } from "./server.js";
import { editor, judge, load, settled, subject } from "./document.js";
import { guarded, isDirty, page, say } from "./state.js";

const close = () => page.set({ dialog: null });

/**
 * Save under a path. `seen` is the stamp of the version on disk that may be replaced: by itself, the one that was opened.
 * Throws a refusal; returns whether it is saved.
 */
export async function saveTo(path, seen) {
  await settled();
  say(null);
  const { text, format } = subject();
  const current = page.get().document;
  const stamp = seen ?? (path === current.path ? current.stamp : null);
  let saved;
  try {
    saved = await call("save", { path, text, format, stamp });
  } catch (error) {
    if (!(error instanceof Refusal) || error.changed === undefined) throw error;
    close();
    const words = path === current.path ? `${path} has changed on disk since it was opened, so it was not saved.` : `${path} already exists.`;
    say({ text: words, error: true, overwrite: { path, seen: error.changed } });
    return false;
  }
  const { lost, ...document } = saved;
  close();
  const converted = document.format !== format;
  if (converted) editor.current.load(document.text, document.format);
  const now = editor.current.text();
  page.set({ document: { ...current, ...document, disk: document.stamp, saved: converted ? now : text }, text: now, baseline: null });
  const left = lost === 1 ? "1 comment was" : `${lost} comments were`;
  say({ text: `Saved ${document.path}.${lost ? ` ${left} left out: plain JSON has no comments.` : ""}`, stays: lost > 0 });
  await judge();
  return true;
}

/** What comes next happens once the document is saved, under a name if it had none. */
export const save = guarded(async (/** @type {any} */ next = undefined) => {
  const { path } = page.get().document;
  if (!path) return page.set({ dialog: { kind: "save", next } });
  if (await saveTo(path)) await next?.();
});
export const overwrite = guarded(saveTo);
export const saveAs = () => page.set({ dialog: { kind: "save" } });

// Undo does not go back past loading a document, so unsaved changes are replaced only when the user agrees: also those that
// were made while the other document was on its way.
const giveWay = (fetchOther) => {
  const change = guarded(async (value, next = undefined) => {
    await settled();
    if (isDirty(page.get())) return page.set({ dialog: { kind: "unsaved", next: () => replace(value, next) } });
    close();
    await replace(value, next);
  });
  const replace = guarded(async (value, next = undefined) => {
    const { text } = subject();
    const other = await fetchOther(value);
    await settled();
    if (text !== subject().text) return change(value, next);
    await load(other);
    await next?.();
  });
  return change;
};

export const open = giveWay((path) => call("open", { path }));
export const openRecipe = giveWay((name) => call("recipe", { name }));
export const reload = guarded(async () => load(await call("open", { path: page.get().document.path })));
export const showOpen = guarded(async () => page.set({ dialog: { kind: "open", ...(await call("files")) } }));
export const explainRule = guarded(async (code) => page.set({ dialog: { kind: "rule", rule: await call("rule", { code }) } }));

export const copy = guarded(async (content, name) => {
  await navigator.clipboard.writeText(content);
  say({ text: `Copied ${name}.` });
});
export const download = guarded(async () => {
  const { name, data } = await fetchFolder(subject());
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(data), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
});
