// @ts-check
// The header: the file, what can be done with it, and Train, which obeys the status; and the messages.
import { html } from "./vendor.js";
import { redo, undo } from "./document.js";
import { overwrite, reload, save, saveAs, showOpen } from "./files.js";
import { train } from "./runs.js";
import { isDirty, page, say, statusOf } from "./state.js";
import { Chip } from "./verdict.js";

const all = (state) => state;

export function Header() {
  const state = page.use(all);
  const { document: doc, start, mode } = state;
  const { reason } = statusOf(state);
  return html`<header>
    <span class="brand"><img src="icon.svg" alt="" /> hpc</span>
    <div class="job"><span class="file" title=${`${doc.path ?? "New job"}, in ${start.folder}`}>${doc.path ?? "New job"}</span>
      ${isDirty(state) && html`<span class="unsaved">unsaved</span>`} <${Chip} /></div>
    <div class="actions">
      <button type="button" onClick=${showOpen}>Open…</button>
      <button type="button" onClick=${() => save()}>Save</button>
      <button type="button" onClick=${saveAs}>Save as…</button>
      <button type="button" class="icon" aria-label="Undo" title="Undo (Ctrl-Z)" onClick=${undo}>↶</button>
      <button type="button" class="icon" aria-label="Redo" title="Redo (Ctrl-Shift-Z)" onClick=${redo}>↷</button>
    </div>
    <label class="mode"><span>Form</span>
      <input type="checkbox" role="switch" aria-label="JSON mode" checked=${mode === "json"} onChange=${(event) => page.set({ mode: event.target.checked ? "json" : "form" })} />
      <span>JSON</span></label>
    <button type="button" class="primary train" disabled=${Boolean(reason)} title=${reason || "Save the job and train it"} onClick=${() => train()}>Train</button>
  </header>`;
}

export function Messages() {
  const [message, doc] = page.use((state) => [state.message, state.document]);
  const changed = doc.path && doc.disk !== undefined && doc.disk !== doc.stamp;
  return html`<div class="messages">
    <div role="status">${message && html`<p class=${message.error ? "notice error" : "notice"}>${message.text}
      ${message.undo !== undefined && html`<button type="button" class="link" onClick=${undo}>Undo</button>`}
      ${message.overwrite && html`<button type="button" class="link" onClick=${() => overwrite(message.overwrite?.path, message.overwrite?.seen)}>Overwrite it</button>`}
      ${message.link && html`<a href=${message.link} target="_blank" rel="noreferrer">${message.link}</a>`}
      <button type="button" class="icon" aria-label="Dismiss" onClick=${() => say(null)}>×</button></p>`}</div>
    <div role="status">${changed && html`<p class="notice error">${doc.disk === null ? `${doc.path} is no longer on disk.` : `${doc.path} has changed on disk.`}
      ${doc.disk !== null && html`<button type="button" class="link" onClick=${reload}>Reload from disk and discard my changes</button>`}
      <button type="button" class="link" onClick=${() => overwrite(doc.path, doc.disk)}>Overwrite it</button></p>`}</div>
  </div>`;
}
