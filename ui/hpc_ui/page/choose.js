// @ts-check
// Choosing instead of typing: a data file or folder, a model on this disk or in the hub's cache.
import { html, useEffect, useState } from "./vendor.js";
import { Dialog } from "./dialog.js";
import { edit } from "./document.js";
import { call } from "./server.js";
import { page } from "./state.js";

function useAnswer(name, body) {
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  useEffect(() => {
    let here = true;
    call(name, body).then((found) => here && setAnswer(found), (error) => here && setAnswer({ error: error.message }));
    return () => { here = false; };
  }, [name, JSON.stringify(body)]);
  return answer;
}

const choose = (field, path) => {
  page.set({ dialog: null });
  edit(field.name, path);
};

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

export function ChooseData({ dialog: { field } }) {
  const [folder, setFolder] = useState("");
  const answer = useAnswer("browse", { folder });
  const parent = folder.split("/").slice(0, -1).join("/");
  return html`<${Dialog} title=${`Choose ${field.title.toLowerCase()}`}
      actions=${folder && html`<button type="button" class="primary" onClick=${() => choose(field, folder)}>Use this folder</button>`}>
    <p class="muted">${folder || "The folder where hpc ui was started"}</p>
    ${answer?.error && html`<p class="notice error">${answer.error}</p>`}
    <ul class="filelist">
      ${folder && html`<li><button type="button" class="link" onClick=${() => setFolder(parent)}>↑ Up</button></li>`}
      ${answer?.folders?.map((entry) => html`<li><button type="button" class="link" onClick=${() => setFolder(entry.path)}>${last(entry.path)}/</button></li>`)}
      ${answer?.files?.map((entry) => html`<li><button type="button" class="link" onClick=${() => choose(field, entry.path)}>${last(entry.path)}</button>
        ${" "}<span class="muted">${size(entry.bytes)}</span></li>`)}
      ${answer?.files?.length === 0 && !answer.folders.length && html`<li class="muted">No data files here.</li>`}
    </ul>
  </${Dialog}>`;
}

const last = (path) => path.split("/").pop();

export function ChooseModel({ dialog: { field } }) {
  const answer = useAnswer("models", {});
  const [filter, setFilter] = useState("");
  const shown = answer?.models?.filter((model) => model.name.toLowerCase().includes(filter.toLowerCase())) ?? [];
  return html`<${Dialog} title="Choose a model">
    <p class="muted">Any other name is taken from the Hugging Face hub when the training starts: type it into the field.</p>
    <input type="search" autofocus aria-label="Search models" placeholder="Search" value=${filter} onInput=${(event) => setFilter(event.target.value)} />
    <ul class="filelist">${shown.map((model) => html`<li><button type="button" class="link" onClick=${() => choose(field, model.name)}>${model.name}</button>
        ${" "}<span class="muted">${model.where}</span></li>`)}
      ${answer && !shown.length && html`<li class="muted">${answer.models?.length ? "No model matches." : "No models on this disk or in the hub's cache."}</li>`}</ul>
  </${Dialog}>`;
}
