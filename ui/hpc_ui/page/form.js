// @ts-check
// The form: what to look for, and the groups of the schema, each with the fields that apply in this job.
import { html, useState } from "./vendor.js";
import { reset } from "./document.js";
import { Field } from "./field.js";
import { openRecipe } from "./files.js";
import { fieldOf, isEmpty, page } from "./state.js";
import { differs } from "./schema.js";

/** What decides which fields are shown. */
const choice = ({ fields, chosen, search, onlyChanged }) => [fields, chosen, search, onlyChanged];

function useChoice() {
  page.use(choice);
  return page.get();
}

export function Form() {
  const readable = page.use((state) => state.readable);
  const empty = page.use(isEmpty);
  const { groups, recipes } = page.get().start;
  return html`<form class="form" aria-label="The job" onSubmit=${(event) => event.preventDefault()}>
    ${!readable && html`<p class="notice error">The text has syntax errors, so the form shows the last valid version and cannot be edited.
      <button type="button" class="link" onClick=${() => page.set({ mode: "json" })}>Edit as text</button></p>`}
    <${Tools} groups=${groups} />
    <fieldset disabled=${!readable} class="plain">
      ${empty && html`<section class="welcome card" aria-labelledby="welcome-title"><h2 id="welcome-title">Start from a recipe, or fill in the form</h2>
        <div class="recipes">${recipes.map((name) => html`<button type="button" onClick=${() => openRecipe(name)}>${name}</button>`)}</div></section>`}
      ${groups.map((group) => html`<${Group} key=${group.name} group=${group} first=${group === groups.find((other) => !other.always)} />`)}
      <${Nothing} />
    </fieldset>
  </form>`;
}

function Tools({ groups }) {
  const state = useChoice();
  return html`<div class="tools card" role="search" aria-label="Find a field">
    <input type="search" aria-label="Search fields" placeholder="Search fields" value=${state.search} onInput=${(event) => page.set({ search: event.target.value })} />
    <label class="option"><input type="checkbox" checked=${state.onlyChanged} onChange=${(event) => page.set({ onlyChanged: event.target.checked })} /> Only what I changed</label>
    <nav aria-label="Sections">${groups.filter((group) => found(state, group).length).map((group) => html`<a href=${`#group-${group.name}`}>${group.title}</a>`)}</nav>
  </div>`;
}

/** The fields of a group that are shown: those that apply; in a search also the others, to say why they do not. */
function found(state, group) {
  const words = state.search.trim().toLowerCase();
  return state.start.fields.filter((field) => {
    if (field["x-group"] !== group.name) return false;
    const known = fieldOf(state, field.name);
    if (state.onlyChanged && !differs(field, known)) return false;
    return words ? `${field.title} ${field.name} ${field.description}`.toLowerCase().includes(words) : known.active;
  });
}

function Nothing() {
  const state = useChoice();
  if (state.start.groups.some((group) => found(state, group).length)) return null;
  return html`<p class="card">${state.search ? "No field matches." : "Every field has its default."}
    ${" "}<button type="button" class="link" onClick=${() => page.set({ search: "", onlyChanged: false })}>Show all fields</button></p>`;
}

function Group({ group, first }) {
  const state = useChoice();
  const [chosen, choose] = useState(/** @type {boolean | undefined} */ (undefined));
  const [closing, setClosing] = useState(false);
  const fields = found(state, group);
  if (!fields.length) return null;
  const given = fields.filter((field) => fieldOf(state, field.name).given);
  const filtered = state.search.trim() !== "" || state.onlyChanged;
  const open = filtered || (!closing && (group.always || given.length > 0 || (chosen ?? first)));
  const toggle = async () => {
    choose(!open);
    if (!open || !given.length) return;
    setClosing(true);
    await reset(given.map((field) => field.name), `${group.title}: back to the defaults`);
    setClosing(false);
  };
  return html`<section class="group card" data-group=${group.name} aria-labelledby=${`group-${group.name}`}>
    <h2 id=${`group-${group.name}`} tabindex="-1">${group.always || filtered ? group.title : html`<label>
      <input type="checkbox" checked=${open} onChange=${toggle} aria-describedby=${`about-${group.name}`} /> ${group.title}</label>`}</h2>
    <p class="about" id=${`about-${group.name}`}>${open ? group.description : `All ${fields.length} at their defaults. ${group.description}`}</p>
    ${open && sections(fields).map(([title, members]) => html`<div key=${title}>
      ${title && html`<h3>${title}</h3>`}
      <div class="fields">${members.map((field) => html`<${Field} key=${field.name} field=${field} />`)}</div>
    </div>`)}
  </section>`;
}

function sections(fields) {
  const parts = new Map();
  for (const field of fields) {
    const title = field["x-section"] ?? "";
    parts.set(title, [...(parts.get(title) ?? []), field]);
  }
  return [...parts];
}
