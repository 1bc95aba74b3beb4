// The form: the groups of the schema, each with the fields that apply in this job.
import { html, useState } from "./vendor.js";
import { Control } from "./controls.js";
import { Problem } from "./verdict.js";
import { helpText, range, shown, text } from "./schema.js";

export function Form({ page }) {
  const readable = page.verdict.fields !== null;
  return html`<form class="form" aria-label="The job" onSubmit=${(event) => event.preventDefault()}>
    ${!readable && html`<p class="notice error">The text has syntax errors, so the form shows the last valid version.
      <button type="button" class="link" onClick=${() => page.setMode("json")}>Edit as text</button></p>`}
    <fieldset disabled=${!readable} class="plain">
      ${page.isEmpty && html`<${Welcome} page=${page} />`}
      ${page.groups.map((group) => html`<${Group} key=${group.name} page=${page} group=${group} />`)}
    </fieldset>
  </form>`;
}

function Welcome({ page }) {
  return html`<section class="welcome card" aria-labelledby="welcome-title"><h2 id="welcome-title">Start from a recipe, or fill in the form</h2>
    <div class="recipes">${page.recipes.map((name) => html`<button type="button" onClick=${() => page.openRecipe(name)}>${name}</button>`)}</div>
  </section>`;
}

function Group({ page, group }) {
  const [chosen, choose] = useState(undefined);
  const [closing, setClosing] = useState(false);
  const fields = page.fields().filter((field) => field["x-group"] === group.name && field.state.active);
  if (!fields.length) return null;
  const given = fields.filter((field) => field.state.given);
  const open = !closing && (group.always || given.length > 0 || (chosen ?? group === page.groups.find((other) => !other.always)));
  const toggle = async () => {
    choose(!open);
    if (!open || !given.length) return;
    setClosing(true);
    await page.reset(given.map((field) => field.name), `${group.title}: back to the defaults`);
    setClosing(false);
  };
  return html`<section class="group card" data-group=${group.name} aria-labelledby=${`group-${group.name}`}>
    <h2 id=${`group-${group.name}`}>${group.always ? group.title : html`<label>
      <input type="checkbox" checked=${open} onChange=${toggle} aria-describedby=${`about-${group.name}`} /> ${group.title}</label>`}</h2>
    <p class="about" id=${`about-${group.name}`}>${open ? group.description : `All ${fields.length} at their defaults. ${group.description}`}</p>
    ${open && sections(fields).map(([title, members]) => html`<div key=${title}>
      ${title && html`<h3>${title}</h3>`}
      <div class="fields">${members.map((field) => html`<${Field} key=${field.name} page=${page} field=${field} />`)}</div>
    </div>`)}
  </section>`;
}

function sections(fields) {
  const found = new Map();
  for (const field of fields) {
    const title = field["x-section"] ?? "";
    found.set(title, [...(found.get(title) ?? []), field]);
  }
  return [...found];
}

function Field({ page, field }) {
  const { name, title, state } = field;
  const problems = page.verdict.diagnostics.filter((diagnostic) => diagnostic.field === name);
  const differs = state.given && state.value !== (field.default ?? null);
  const bad = problems.some((problem) => problem.severity === "error");
  const single = !field.enum || field.enum.length > 4;
  const label = single && !Array.isArray(field.type) ? html`<label id=${`label-${name}`} for=${`field-${name}`}>${title}</label>` : html`<span id=${`label-${name}`} class="label">${title}</span>`;
  const described = [`help-${name}`, ...(problems.length ? [`problems-${name}`] : [])].join(" ");
  const [quiet, setQuiet] = useState(false);
  const set = (value) => page.edit(name, value);
  return html`<div class=${`field${differs ? " differs" : ""}${page.marked.includes(name) ? " marked" : ""}${bad ? " bad" : ""}`} data-field=${name}
      onMouseEnter=${() => page.mark([name])} onMouseLeave=${() => page.mark([])} onFocusIn=${() => page.mark([name])} onFocusOut=${() => { page.mark([]); setQuiet(false); }}
      onKeyDown=${(event) => event.key === "Escape" && setQuiet(true)}>
    <div class="name">${label} <code>${name}</code></div>
    <div class="control"><${Control} field=${field} value=${state.value} given=${state.given} set=${set} described=${described} invalid=${bad} /></div>
    <div class="reset">${differs && html`<button type="button" class="icon" title=${`Default: ${shown(field)}`} aria-label=${`Reset ${title} to its default, ${shown(field)}`}
      onClick=${() => page.reset([name])}>↺</button>`}</div>
    <p class=${`help${quiet ? " quiet" : ""}`} id=${`help-${name}`} role="tooltip">${helpText(field)} ${choice(field, state)}
      <span class="facts">${[range(field), `Default: ${shown(field)}`].filter(Boolean).join(" · ")}</span></p>
    ${problems.length > 0 && html`<div class="problems" id=${`problems-${name}`}>
      ${problems.map((problem) => html`<${Problem} page=${page} problem=${problem} />`)}</div>`}
  </div>`;
}

function choice(field, state) {
  if (!field.enumDescriptions) return null;
  return html`<span class="choices">${field.enum.map((value, index) => html`<span class=${value === state.value ? "now" : ""}>
    <b>${text(value)}</b>: ${field.enumDescriptions[index]}. </span>`)}</span>`;
}
