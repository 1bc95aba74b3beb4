// @ts-check
// The page: a header, the job on the left as form or as text, and what the compiler makes of it on the right.
import { html, render, useEffect, useRef } from "./vendor.js";
import { Artifacts } from "./artifacts.js";
import { Data } from "./data.js";
import { Dialogs } from "./dialogs.js";
import { apply, editor, judge, load, onText, redo, undo } from "./document.js";
import { createEditor } from "./editor.js";
import { copy, save } from "./files.js";
import { Form } from "./form.js";
import { Header, Messages } from "./header.js";
import { watchRuns } from "./runs.js";
import { call } from "./server.js";
import { fieldOf, isDirty, isJudging, page, work } from "./state.js";
import { Training } from "./training.js";
import { Status, Summary } from "./verdict.js";

const SHORT = 6000;

// The header's height, which depends on the width: what sticks below it needs it.
function measured(header) {
  const size = new ResizeObserver(() => document.documentElement.style.setProperty("--header", `${header.offsetHeight}px`));
  size.observe(header);
}

function App() {
  useEffect(() => measured(document.querySelector("header")), []);
  const path = page.use((state) => state.document.path);
  const mode = page.use((state) => state.mode);
  return html`<${Header} /><${Messages} />
    <main>
      <section class="left" aria-label="Set up the job">
        <h1 class="hidden">${path ?? "New job"}</h1>
        ${mode === "form" && html`<${Form} key=${path} />`}
        <${Editor} path=${path} shown=${mode === "json"} />
      </section>
      <${Results} />
    </main>
    <${Dialogs} />`;
}

function Results() {
  const judging = page.use(isJudging);
  const acting = work.use(({ actions }) => actions > 0);
  return html`<aside class="right" aria-label="What it compiles to" aria-busy=${judging || acting}>
    <${Status} /><${Summary} /><${Panels} />
  </aside>`;
}

// The editor is always there, shown or not, because it holds the document.
function Editor({ path, shown }) {
  const place = useRef(null);
  useEffect(() => {
    const { start } = page.get();
    editor.current = createEditor(place.current, {
      onText,
      apply,
      fields: () => start.fields.map((field) => ({ ...field, state: fieldOf(page.get(), field.name) })),
      field: (name) => start.fields.find((field) => field.name === name),
    });
    load(start.document).then(watchRuns);
  }, []);
  return html`<div class="editor card" hidden=${!shown}>
    <div class="title"><h2>${path ?? "New job"}</h2>
      <button type="button" class="small" onClick=${() => copy(editor.current.text(), "the job")}>Copy</button></div>
    <div ref=${place}></div>
    <p class="muted">Ctrl-Space completes, F8 goes to the next problem, Escape then Tab leaves the editor.</p>
  </div>`;
}

const TABS = /** @type {[string, string, any][]} */ ([["files", "Compiled files", Artifacts], ["data", "Data", Data], ["training", "Training", Training]]);

function Panels() {
  const shown = page.use((state) => state.panel);
  const running = page.use((state) => state.run?.running);
  const show = (panel) => page.set({ panel, pointed: [] });
  const step = (event) => {
    const move = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!move) return;
    const [other] = TABS[(TABS.findIndex(([name]) => name === shown) + move + TABS.length) % TABS.length];
    show(other);
    document.getElementById(`tab-${other}`)?.focus();
  };
  const [, , Panel] = TABS.find(([name]) => name === shown) ?? TABS[0];
  return html`<section class="card panels">
    <div role="tablist" aria-label="Results" onKeyDown=${step}>${TABS.map(([name, title]) => html`<button type="button" role="tab" id=${`tab-${name}`}
      aria-selected=${shown === name} aria-controls="panel" tabindex=${shown === name ? 0 : -1} onClick=${() => show(name)}>${title}${name === "training" && running ? " (running)" : ""}</button>`)}</div>
    <div role="tabpanel" id="panel" aria-labelledby=${`tab-${shown}`}><${Panel} /></div>
  </section>`;
}

// Ctrl-S saves everywhere. Ctrl-Z takes the document back, from the form, too; the editor and the dialogs have their own.
function press(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  const own = event.target.closest?.(".cm-editor, dialog");
  const action = key === "s" && !page.get().dialog ? save : own ? null : key === "z" ? (event.shiftKey ? redo : undo) : key === "y" ? redo : null;
  if (key === "s") event.preventDefault();
  if (!action) return;
  event.preventDefault();
  action();
}

/** What is remembered of the page for the next time that it is opened in this folder. */
const place = () => `hpc:${page.get().start.root}`;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let gone;
let last = page.get();
function follow() {
  const state = page.get();
  document.title = `${isDirty(state) ? "• " : ""}${state.document.path ?? "New job"} – hpc`;
  if (state.document.path !== last.document.path || state.mode !== last.mode || state.panel !== last.panel) {
    localStorage.setItem(place(), JSON.stringify({ path: state.document.path, mode: state.mode, panel: state.panel }));
  }
  if (state.message !== last.message) {
    clearTimeout(gone);
    const { message } = state;
    if (message && !message.error && message.undo === undefined && !message.link && !message.stays) gone = setTimeout(() => page.set({ message: null }), SHORT);
  }
  last = state;
}

async function begin() {
  const start = await call("start");
  page.set({ start });
  const { path, mode, panel } = JSON.parse(localStorage.getItem(place()) ?? "{}");
  if (!start.document.path && path) start.document = await call("open", { path }).catch(() => start.document);
  if (!start.asked || start.asked === path) page.set({ mode: mode === "json" ? "json" : "form", panel: panel ?? "files" });
  page.subscribe(follow);
  addEventListener("keydown", press);
  addEventListener("focus", () => judge());
  addEventListener("beforeunload", (event) => isDirty(page.get()) && event.preventDefault());
  render(html`<${App} />`, document.body);
}

begin().catch((error) => render(html`<p class="notice error">${error.message}</p>`, document.body));
