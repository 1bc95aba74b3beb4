// @ts-check
// One control per type: a switch, a few radio buttons, a list, or a line of text.
import { html, useState } from "./vendor.js";
import { page } from "./state.js";
import { CHOSEN_FROM, shown, text, titleOf } from "./schema.js";

export function Control(properties) {
  const { field } = properties;
  if (field.enum) return html`<${field.enum.length > 4 ? List : Radios} ...${properties} options=${field.enum} />`;
  if (field.type === "boolean") return html`<${Switch} ...${properties} />`;
  if (Array.isArray(field.type) && field.type.includes("boolean")) return html`<${Union} ...${properties} />`;
  return html`<${Line} ...${properties} />`;
}

/** A title and, where it is not the same, the key that is written. */
function Words({ field, option }) {
  const title = titleOf(field, option);
  return title && title !== String(option) ? html`${title} <code>${String(option)}</code>` : String(option);
}

function Radios({ field, value, set, described, invalid, disabled, options, names = null }) {
  return html`<div class="radios" role="radiogroup" aria-labelledby=${`label-${field.name}`} aria-describedby=${described} aria-invalid=${invalid}>
    ${options.map((option, index) => html`<label title=${field.enumDescriptions?.[index]}>
      <input type="radio" name=${field.name} value=${String(option)} checked=${value === option} disabled=${disabled} onChange=${() => set(option)} />
      <span>${names ? names[index] : html`<${Words} field=${field} option=${option} />`}</span>
    </label>`)}
  </div>`;
}

function List({ field, value, set, described, invalid, disabled, options }) {
  const known = options.includes(value);
  const words = (option) => (titleOf(field, option) ? `${titleOf(field, option)} (${option})` : String(option));
  return html`<select id=${`field-${field.name}`} aria-describedby=${described} aria-invalid=${invalid} disabled=${disabled}
      onChange=${(event) => set(options[event.target.selectedIndex - (known ? 0 : 1)])}>
    ${!known && html`<option selected>${text(value)}</option>`}
    ${options.map((option, index) => html`<option value=${String(option)} selected=${value === option} title=${field.enumDescriptions?.[index]}>${words(option)}</option>`)}
  </select>`;
}

function Switch({ field, value, set, described, invalid, disabled }) {
  return html`<input id=${`field-${field.name}`} type="checkbox" role="switch" checked=${value === true} indeterminate=${typeof value !== "boolean"}
    disabled=${disabled} aria-describedby=${described} aria-invalid=${invalid} onChange=${(event) => set(event.target.checked)} />`;
}

// Yes, no, or a string: `resume_from_checkpoint`.
function Union(properties) {
  const { field, value, set } = properties;
  const written = typeof value === "string";
  return html`<div class="union">
    <${Radios} ...${properties} options=${[false, true, "text"]} names=${["no", "yes", "a path"]} value=${written ? "text" : value}
      set=${(chosen) => set(chosen === "text" ? text(field.examples?.find((example) => typeof example === "string")) : chosen)} />
    ${written && html`<${Line} ...${properties} label=${`${field.title}: path`} />`}
  </div>`;
}

// The typed text stays as it is until the field loses focus or the document is taken back; an emptied line removes the key.
function Line({ field, value, given, set, described, invalid, disabled, label = undefined }) {
  const undone = page.use((state) => state.undone);
  const [draft, setDraft] = useState({ text: "", undone: -1 });
  const isNumber = ["integer", "number"].includes(field.type);
  const example = field.examples?.find((candidate) => [field.type].flat().includes(typeof candidate));
  const change = (event) => {
    setDraft({ text: event.target.value, undone });
    set(event.target.value === "" ? undefined : event.target.value, false);
  };
  const current = typeof value === "object" && value !== null ? JSON.stringify(value) : text(value);
  const kind = CHOSEN_FROM[field.name];
  return html`<span class=${isNumber ? "line number" : "line"}>
    <input id=${`field-${field.name}`} type="text" inputmode=${isNumber ? "decimal" : "text"} autocomplete="off" spellcheck=${false} disabled=${disabled}
      value=${draft.undone === undone ? draft.text : given || value !== null ? current : ""} placeholder=${value === null && !shown(field) ? example && `for example ${example}` : shown(field)}
      aria-label=${label} aria-describedby=${described} aria-invalid=${invalid} onInput=${change} onBlur=${() => setDraft({ text: "", undone: -1 })} />
    ${field["x-unit"] && html`<span class="unit" aria-hidden="true">${field["x-unit"]}</span>`}
    ${kind && html`<button type="button" class="small" disabled=${disabled} aria-label=${`Choose ${field.title.toLowerCase()}`}
      onClick=${() => page.set({ dialog: { kind: `choose-${kind}`, field } })}>Choose…</button>`}
  </span>`;
}
