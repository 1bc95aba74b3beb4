// One control per type: a switch, a few radio buttons, a list, or a line of text.
import { html, useState } from "./vendor.js";
import { shown, text } from "./schema.js";

export function Control(properties) {
  const { field } = properties;
  if (field.enum) return html`<${field.enum.length > 4 ? List : Radios} ...${properties} options=${field.enum} />`;
  if (field.type === "boolean") return html`<${Switch} ...${properties} />`;
  if (Array.isArray(field.type)) return html`<${Union} ...${properties} />`;
  return html`<${Line} ...${properties} />`;
}

function Radios({ field, value, set, described, invalid, options, names = options.map(String) }) {
  return html`<div class="radios" role="radiogroup" aria-labelledby=${`label-${field.name}`} aria-describedby=${described} aria-invalid=${invalid}>
    ${options.map((option, index) => html`<label title=${field.enumDescriptions?.[index]}>
      <input type="radio" name=${field.name} value=${String(option)} checked=${value === option} onChange=${() => set(option)} />
      <span>${names[index]}</span>
    </label>`)}
  </div>`;
}

function List({ field, value, set, described, invalid, options }) {
  const known = options.includes(value);
  return html`<select id=${`field-${field.name}`} aria-describedby=${described} aria-invalid=${invalid}
      onChange=${(event) => set(options[event.target.selectedIndex - (known ? 0 : 1)])}>
    ${!known && html`<option selected>${text(value)}</option>`}
    ${options.map((option, index) => html`<option selected=${value === option} title=${field.enumDescriptions?.[index]}>${String(option)}</option>`)}
  </select>`;
}

function Switch({ field, value, set, described, invalid }) {
  return html`<input id=${`field-${field.name}`} type="checkbox" role="switch" checked=${value === true} indeterminate=${typeof value !== "boolean"}
    aria-describedby=${described} aria-invalid=${invalid} onChange=${(event) => set(event.target.checked)} />`;
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

// The typed text stays as it is until the field loses focus; an emptied line removes the key.
function Line({ field, value, given, set, described, invalid, label }) {
  const [draft, setDraft] = useState(null);
  const isNumber = ["integer", "number"].includes(field.type);
  const example = field.examples?.find((candidate) => typeof candidate === field.type);
  const change = (event) => {
    setDraft(event.target.value);
    set(event.target.value === "" ? undefined : event.target.value);
  };
  const current = typeof value === "object" && value !== null ? JSON.stringify(value) : text(value);
  return html`<span class=${isNumber ? "line number" : "line"}>
    <input id=${`field-${field.name}`} type="text" inputmode=${isNumber ? "decimal" : "text"} autocomplete="off" spellcheck=${false}
      value=${draft ?? (given || value !== null ? current : "")} placeholder=${value === null ? example && `for example ${example}` : shown(field)}
      aria-label=${label} aria-describedby=${described} aria-invalid=${invalid} onInput=${change} onBlur=${() => setDraft(null)} />
    ${field["x-unit"] && html`<span class="unit" aria-hidden="true">${field["x-unit"]}</span>`}
  </span>`;
}
