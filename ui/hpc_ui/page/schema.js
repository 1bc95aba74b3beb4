// What a field of the schema says about itself, in words.

export const helpText = (field) =>
  (field.markdownDescription ?? field.description).replace(/^\*\*.*?\*\*: /, "").replaceAll(/[`*]/g, "").replaceAll(/\s*\n+\s*/g, " ");

const BOUNDS = { minimum: "at least", exclusiveMinimum: "above", maximum: "at most", exclusiveMaximum: "below" };

export const range = (field) =>
  Object.entries(BOUNDS).filter(([key]) => key in field).map(([key, word]) => `${word} ${field[key]}`).join(" and ");

export function shown(field) {
  if (field.default !== undefined) return text(field.default);
  return field["x-default"] ?? "none";
}

export const text = (value) => (value === false ? "no" : value === true ? "yes" : value === null ? "" : String(value));
