// @ts-check
// The dialogs: open a file, name a file, keep unsaved changes, discard a run, read a rule.
import { html, useState } from "./vendor.js";
import { ChooseData, ChooseModel } from "./choose.js";
import { Dialog } from "./dialog.js";
import { open, openRecipe, save, saveTo } from "./files.js";
import { capital, marked } from "./problem.js";
import { trainOver } from "./runs.js";
import { page } from "./state.js";

const close = () => page.set({ dialog: null });

function Open({ dialog }) {
  const [filter, setFilter] = useState("");
  const matching = dialog.files.filter((file) => file.toLowerCase().includes(filter.toLowerCase()));
  return html`<${Dialog} title="Open">
    <h3>Start from a recipe</h3>
    <div class="recipes">${page.get().start.recipes.map((name) => html`<button type="button" onClick=${() => openRecipe(name)}>${name}</button>`)}</div>
    <h3>Open a file in this folder</h3>
    <input type="search" autofocus aria-label="Search files" placeholder="Search" value=${filter} onInput=${(event) => setFilter(event.target.value)} />
    <ul class="filelist">${matching.map((file) => html`<li><button type="button" class="link" onClick=${() => open(file)}>${file}</button></li>`)}
      ${!matching.length && html`<li class="muted">No configs in this folder.</li>`}</ul>
  </${Dialog}>`;
}

const FORMATS = { jsonc: "JSON with comments", json: "JSON", yaml: "YAML", toml: "TOML" };
const extension = /\.(jsonc?|ya?ml|toml)$/i;

// Says why a name is rejected: the page behind cannot be reached while this is open.
function SaveAs({ dialog }) {
  const current = page.use((state) => state.document);
  const [name, setName] = useState(current.path ?? current.suggested ?? "my-job.jsonc");
  const [refusal, setRefusal] = useState("");
  const format = name.match(extension)?.[1].toLowerCase().replace("yml", "yaml") ?? current.format;
  const send = async (event) => {
    event.preventDefault();
    setRefusal("");
    const saved = await saveTo(name).catch((error) => void setRefusal(error.message));
    if (saved) await dialog.next?.();
  };
  return html`<${Dialog} title="Save as" actions=${html`<button type="submit" form="save-form" class="primary">Save</button>`}>
    <form id="save-form" onSubmit=${send}>
      <label for="save-name">File name, in this folder</label>
      <input id="save-name" type="text" autofocus value=${name} spellcheck=${false} onInput=${(event) => setName(event.target.value)} />
      <label for="save-format">Format</label>
      <select id="save-format" onChange=${(event) => setName(`${name.replace(extension, "")}.${event.target.value}`)}>
        ${Object.entries(FORMATS).map(([key, title]) => html`<option value=${key} selected=${key === format}>${title}</option>`)}</select>
      <p class="muted">The name of the file also names the run.${format === "json" && current.format !== "json" ? " Plain JSON has no comments, so they are left out." : ""}</p>
      <div role="status">${refusal && html`<p class="notice error">${refusal}</p>`}</div>
    </form>
  </${Dialog}>`;
}

function Unsaved({ dialog }) {
  const path = page.use((state) => state.document.path);
  const then = (action) => () => { close(); action(); };
  return html`<${Dialog} title=${`${path ?? "The new job"} has unsaved changes`} actions=${html`
      <button type="button" class="primary" autofocus onClick=${then(() => save(dialog.next))}>${path ? "Save" : "Save as…"}</button>
      <button type="button" class="danger" onClick=${then(dialog.next)}>Discard changes</button>`}>
    <p>Another job is about to be opened here. This cannot be undone.</p>
  </${Dialog}>`;
}

function Overwrite() {
  const folder = page.use((state) => state.summary.find((row) => row.fields.includes("output_dir"))?.value);
  return html`<${Dialog} title="Discard the earlier run?" actions=${html`
      <button type="button" class="danger" onClick=${() => { close(); trainOver(); }}>Discard it and train</button>`}>
    <p>The results and checkpoints in <code>${folder}</code> are deleted when the training starts. This cannot be undone.</p>
  </${Dialog}>`;
}

function Rule({ dialog: { rule } }) {
  return html`<${Dialog} title=${[`${rule.code}: `, ...marked(rule.title)]} cancel="Close">
    <p>${marked(rule.why)}</p><h3>Example</h3><pre tabindex="0">${rule.example}</pre><h3>What to do</h3><p>${marked(capital(rule.help))}</p>
  </${Dialog}>`;
}

const KINDS = {
  open: Open, save: SaveAs, unsaved: Unsaved, overwrite: Overwrite, rule: Rule, "choose-data": ChooseData, "choose-model": ChooseModel,
};

export function Dialogs() {
  const dialog = page.use((state) => state.dialog);
  return dialog && html`<${KINDS[dialog.kind]} key=${dialog.kind} dialog=${dialog} />`;
}
