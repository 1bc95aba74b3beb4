// The dialogs: open a file, name a file, keep unsaved changes, read a rule. `<dialog>` keeps the focus and closes on Escape.
import { html, useLayoutEffect, useRef, useState } from "./vendor.js";

function Dialog({ title, close, children }) {
  const element = useRef(null);
  // Closing it before it is taken away gives the focus back; the event of that comes late and must not close the next dialog.
  useLayoutEffect(() => {
    const shown = element.current;
    shown.showModal();
    return () => shown.close();
  }, []);
  return html`<dialog ref=${element} onClose=${(event) => event.target.isConnected && close()} aria-labelledby="dialog-title">
    <div class="title"><h2 id="dialog-title">${title}</h2>
      <button type="button" class="icon" aria-label="Close" onClick=${() => element.current.close()}>×</button></div>
    ${children}
  </dialog>`;
}

export function Open({ files, recipes, open, openRecipe, close }) {
  const [filter, setFilter] = useState("");
  const matching = files.filter((file) => file.toLowerCase().includes(filter.toLowerCase()));
  return html`<${Dialog} title="Open" close=${close}>
    <h3>Start from a recipe</h3>
    <div class="recipes">${recipes.map((name) => html`<button type="button" onClick=${() => openRecipe(name)}>${name}</button>`)}</div>
    <h3>Open a file in this folder</h3>
    <input type="search" autofocus aria-label="Search files" placeholder="Search" value=${filter} onInput=${(event) => setFilter(event.target.value)} />
    <ul class="filelist">${matching.map((file) => html`<li><button type="button" class="link" onClick=${() => open(file)}>${file}</button></li>`)}
      ${!matching.length && html`<li class="muted">No configs in this folder.</li>`}</ul>
  </${Dialog}>`;
}

// Says why a name is rejected: the page behind cannot be reached while this is open.
export function SaveAs({ path, save, refusal, close }) {
  const [name, setName] = useState(path);
  const [tried, setTried] = useState(false);
  return html`<${Dialog} title="Save as" close=${close}>
    <form onSubmit=${(event) => { event.preventDefault(); setTried(true); save(name); }}>
      <label for="save-name">File name, in this folder</label>
      <input id="save-name" type="text" autofocus value=${name} spellcheck=${false} onInput=${(event) => setName(event.target.value)} />
      <p class="muted">It must end in .json, .jsonc, .yaml or .toml, and also names the run.</p>
      <div role="status">${tried && refusal && html`<p class="notice error">${refusal}</p>`}</div>
      <div class="actions"><button type="submit" class="primary">Save</button></div>
    </form>
  </${Dialog}>`;
}

export function Unsaved({ path, save, drop, close }) {
  return html`<${Dialog} title=${`${path ?? "The new job"} has unsaved changes`} close=${close}>
    <p>Another job is about to be opened here. This cannot be undone.</p>
    <div class="actions">
      <button type="button" class="primary" autofocus onClick=${save}>${path ? "Save" : "Save as…"}</button>
      <button type="button" class="danger" onClick=${drop}>Discard changes</button>
      <button type="button" onClick=${close}>Cancel</button>
    </div>
  </${Dialog}>`;
}

export function Rule({ rule, close }) {
  return html`<${Dialog} title=${`${rule.code}: ${rule.title}`} close=${close}>
    <p>${rule.why}</p><h3>Example</h3><pre tabindex="0">${rule.example}</pre><h3>What to do</h3><p>${rule.help}</p>
  </${Dialog}>`;
}
