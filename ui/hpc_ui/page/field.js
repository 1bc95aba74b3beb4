// @ts-check
// A field: its name, its control, what is wrong with it, and its help beside it.
import { html } from "./vendor.js";
import { Control } from "./controls.js";
import { edit, reset } from "./document.js";
import { Problem } from "./problem.js";
import { fieldOf, markedOf, page } from "./state.js";
import { differs, facts, more, plain, shown, text, titleOf } from "./schema.js";

export function Field({ field }) {
  const { name, title } = field;
  const [, , marked] = page.use((now) => [now.fields[name], now.chosen[name], markedOf(now).includes(name)]);
  const problems = page.use((now) => now.diagnostics.filter((problem) => problem.field === name));
  const state = fieldOf(page.get(), name);
  const changed = differs(field, state);
  const bad = problems.some((problem) => problem.severity === "error");
  const single = field.enum ? field.enum.length > 4 : !(Array.isArray(field.type) && field.type.includes("boolean"));
  const label = single ? html`<label id=${`label-${name}`} for=${`field-${name}`}>${title}</label>` : html`<span id=${`label-${name}`} class="label">${title}</span>`;
  const described = [`help-${name}`, ...(problems.length ? [`problems-${name}`] : [])].join(" ");
  const point = (names) => () => page.set({ pointed: names });
  const focus = (names) => () => page.set({ focused: names });
  const classes = ["field", changed && "differs", marked && "marked", bad && "bad", !state.active && "inactive"].filter(Boolean).join(" ");
  return html`<div class=${classes} data-field=${name}
      onMouseEnter=${point([name])} onMouseLeave=${point([])} onFocusIn=${focus([name])} onFocusOut=${focus([])}>
    <div class="name">${label} <code>${name}</code></div>
    <div class="control"><${Control} field=${field} value=${state.value} given=${state.given} set=${(value, now) => edit(name, value, now)}
      described=${described} invalid=${bad} disabled=${!state.active} /></div>
    <div class="reset">${changed && html`<button type="button" class="icon" title=${`Default: ${shown(field) || "none"}`} aria-label=${`Reset ${title} to its default, ${shown(field) || "none"}`}
      onClick=${() => reset([name])}>↺</button>`}</div>
    <div class="help" id=${`help-${name}`}>${!state.active && html`<b>Does not apply to this job. </b>`}${plain(field.description)} <${Choice} field=${field} value=${state.value} />
      <span class="facts">${facts(field)}</span><${More} field=${field} open=${!state.active} /></div>
    ${problems.length > 0 && html`<div class="problems" id=${`problems-${name}`}>
      ${problems.map((problem) => html`<${Problem} problem=${problem} />`)}</div>`}
  </div>`;
}

/** What else there is to know, such as when the field applies. */
function More({ field, open }) {
  const words = more(field);
  if (!words && !field.enumDescriptions) return null;
  return html`<details open=${open}><summary>More<span class="hidden"> about ${field.title}</span></summary>${words}
    ${field.enumDescriptions && html`<ul>${field.enum.map((value, index) => html`<li><b>${titleOf(field, value) ?? text(value)}</b>: ${field.enumDescriptions[index]}</li>`)}</ul>`}</details>`;
}

/** What the chosen value means. */
function Choice({ field, value }) {
  const index = field.enumDescriptions ? field.enum.indexOf(value) : -1;
  if (index < 0) return null;
  return html`<span class="choice"><b>${titleOf(field, value) ?? text(value)}</b>: ${field.enumDescriptions[index]}. </span>`;
}
