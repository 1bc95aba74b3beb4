// @ts-check
// What a field of the schema says about itself, in words.

export const plain = (markdown) => markdown.replaceAll(/[`*]/g, "").replaceAll(/\s*\n+\s*/g, " ");

/** What the description does not say, or nothing. */
export const more = (field) => plain((field.markdownDescription ?? "").split("\n\n").slice(1).filter((part) => !part.startsWith("Default:")).join(" "));

export const helpText = (field) => `${plain(field.description)} ${more(field)}`.trim();

const BOUNDS = { minimum: "at least", exclusiveMinimum: "above", maximum: "at most", exclusiveMaximum: "below" };

export const range = (field) =>
  Object.entries(BOUNDS).filter(([key]) => key in field).map(([key, word]) => `${word} ${field[key]}`).join(" and ");

/** Range and default, as one line. */
export const facts = (field) => [range(field), shown(field) && `default: ${shown(field)}`].filter(Boolean).join(" · ");

export function shown(field) {
  if (field.default !== undefined) return text(field.default);
  return field["x-default"] ?? "";
}

export const text = (value) => (value === false ? "no" : value === true ? "yes" : value === null ? "" : String(value));

/** A value as people write it: LoRA, DPO, DeepSpeed. */
export const titleOf = (field, value) => field["x-value-titles"]?.[String(value)];

/** Whether the value differs from the field's default. */
export const differs = (field, state) => state.given && state.value !== (field.default ?? null);

/** Fields whose value names something on the disk or the hub, and what it is. */
export const CHOSEN_FROM = { model: "model", train_data: "data", eval_data: "data" };
