// The page: a header, the job on the left as form or as text, and what the compiler makes of it on the right.
import { html, render, useEffect, useRef } from "./vendor.js";
import { Artifacts } from "./artifacts.js";
import { Open, Rule, SaveAs, Unsaved } from "./dialogs.js";
import { createEditor } from "./editor.js";
import { Form } from "./form.js";
import { usePage } from "./page.js";
import { call } from "./server.js";
import { Training, useRun } from "./training.js";
import { Chip, Summary, Verdict } from "./verdict.js";

function App({ start }) {
  const page = usePage(start);
  const current = useRef(page);
  current.current = page;
  useKeys(current);
  useEffect(() => {
    const look = () => current.current.judge();
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, []);
  useEffect(() => {
    document.title = `${page.dirty ? "• " : ""}${page.document.path ?? "New job"} – hpc`;
    const warn = (event) => page.dirty && event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [page.dirty, page.document.path]);
  return html`<${Header} page=${page} />
    <${Messages} page=${page} />
    <main>
      <section class="left" aria-label="Set up the job">
        <h1 class="hidden">${page.document.path ?? "New job"}</h1>
        ${page.mode === "form" && html`<${Form} key=${page.document.path} page=${page} />`}
        <${Editor} page=${page} current=${current} />
      </section>
      <aside class="right" aria-label="What it compiles to" aria-busy=${page.busy}>
        <${Verdict} page=${page} /><${Summary} page=${page} /><${Panels} page=${page} />
      </aside>
    </main>
    <${Dialogs} page=${page} />`;
}

function Header({ page }) {
  const { document: doc } = page;
  return html`<header>
    <span class="brand"><img src="icon.svg" alt="" /> hpc</span>
    <span class="file" title=${`in ${page.folder}`}>${doc.path ?? "New job"} ${page.dirty && html`<span class="unsaved">unsaved</span>`}</span>
    <div class="actions">
      <button type="button" onClick=${page.showOpen}>Open…</button>
      <button type="button" onClick=${() => page.save()}>Save</button>
      <button type="button" onClick=${() => page.setDialog({ kind: "save" })}>Save as…</button>
      <button type="button" onClick=${() => { page.setPanel("training"); setTimeout(() => document.getElementById("tab-training").focus()); }}>Train…</button>
      <button type="button" class="icon" aria-label="Undo" title="Undo" onClick=${() => page.editor.current.undo()}>↶</button>
      <button type="button" class="icon" aria-label="Redo" title="Redo" onClick=${() => page.editor.current.redo()}>↷</button>
    </div>
    <${Chip} page=${page} />
    <label class="mode"><span>Form</span>
      <input type="checkbox" role="switch" aria-label="JSON mode" checked=${page.mode === "json"} onChange=${(event) => page.setMode(event.target.checked ? "json" : "form")} />
      <span>JSON</span></label>
  </header>`;
}

function Messages({ page }) {
  const { message, document: doc } = page;
  const changed = doc.path && doc.disk !== undefined && doc.disk !== doc.stamp;
  return html`<div class="messages">
    <div role="status">${message && html`<p class=${message.error ? "notice error" : "notice"}>${message.text}
      ${message.undo && html`<button type="button" class="link" onClick=${() => { page.editor.current.undo(); page.setMessage(null); }}>Undo</button>`}
      ${message.overwrite && html`<button type="button" class="link" onClick=${() => page.saveTo(message.overwrite.path, message.overwrite.seen)}>Overwrite it</button>`}
      ${message.link && html`<a href=${message.link} target="_blank" rel="noreferrer">${message.link}</a>`}
      <button type="button" class="icon" aria-label="Dismiss" onClick=${() => page.setMessage(null)}>×</button></p>`}</div>
    <div role="status">${changed && html`<p class="notice error">${doc.disk === null ? `${doc.path} is no longer on disk.` : `${doc.path} has changed on disk.`}
      ${doc.disk !== null && html`<button type="button" class="link" onClick=${page.reload}>Reload from disk and discard my changes</button>`}
      <button type="button" class="link" onClick=${() => page.saveTo(doc.path, doc.disk)}>Overwrite it</button></p>`}</div>
  </div>`;
}

// The editor is always there, shown or not, because it holds the document.
function Editor({ page, current }) {
  const place = useRef(null);
  useEffect(() => {
    page.editor.current = createEditor(place.current, {
      onText: () => current.current.onText(), fields: () => current.current.fields(), field: (name) => current.current.field(name),
    });
    page.load(page.document);
  }, []);
  return html`<div class="editor card" hidden=${page.mode !== "json"}>
    <div class="title"><h2>${page.document.path ?? "New job"}</h2>
      <button type="button" class="small" onClick=${() => page.copy(page.editor.current.text(), "the job")}>Copy</button></div>
    <div ref=${place}></div>
    <p class="muted">Ctrl-Space completes, F8 goes to the next problem, Escape then Tab leaves the editor.</p>
  </div>`;
}

function Panels({ page }) {
  const [run, look] = useRun();
  const { panel: shown, setPanel: setShown } = page;
  useEffect(() => { if (run?.running) setShown("training"); }, [run?.running]);
  const tabs = [["files", "Compiled files"], ["training", run?.running ? "Training (running)" : "Training"]];
  const step = (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = shown === "files" ? "training" : "files";
    setShown(other);
    document.getElementById(`tab-${other}`).focus();
  };
  const andLook = (action) => async (...values) => { await action(...values); look(); };
  const training = { ...page, startRun: andLook(page.startRun), resumeRun: andLook(page.resumeRun), stopRun: andLook(page.stopRun) };
  return html`<section class="card panels">
    <div role="tablist" aria-label="Results" onKeyDown=${step}>${tabs.map(([name, title]) => html`<button type="button" role="tab" id=${`tab-${name}`}
      aria-selected=${shown === name} aria-controls="panel" tabindex=${shown === name ? 0 : -1} onClick=${() => setShown(name)}>${title}</button>`)}</div>
    <div role="tabpanel" id="panel" aria-labelledby=${`tab-${shown}`}>
      ${shown === "files" ? html`<${Artifacts} page=${page} />` : html`<${Training} page=${training} run=${run} />`}</div>
  </section>`;
}

function Dialogs({ page }) {
  const close = () => page.setDialog(null);
  const { dialog } = page;
  if (dialog?.kind === "open") return html`<${Open} files=${dialog.files} recipes=${page.recipes} open=${page.open} openRecipe=${page.openRecipe} close=${close} />`;
  if (dialog?.kind === "save") {
    const path = page.document.path ?? page.document.suggested ?? "my-job.jsonc";
    return html`<${SaveAs} path=${path} save=${async (name) => (await page.saveTo(name)) && dialog.next?.()} refusal=${page.message?.error && page.message.text} close=${close} />`;
  }
  if (dialog?.kind === "unsaved") return html`<${Unsaved} path=${page.document.path} save=${() => { close(); page.save(dialog.next); }} drop=${() => { close(); dialog.next(); }} close=${close} />`;
  if (dialog?.kind === "rule") return html`<${Rule} rule=${dialog.rule} close=${close} />`;
  return null;
}

function useKeys(current) {
  useEffect(() => {
    const press = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "s") return;
      event.preventDefault();
      current.current.save();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

const start = await call("start").catch((error) => ({ error }));
render(start.error ? html`<p class="notice error">${start.error.message}</p>` : html`<${App} start=${start} />`, document.body);
