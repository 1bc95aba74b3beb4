// @ts-check
import { facts, helpText, titleOf } from "./schema.js";

// The completions at the cursor: values of the key before it, or keys that apply in this job and are not written yet.
export function completions(context, format, page) {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const value = before.match(/["']?([\w$]+)["']?\s*[:=]\s*(["']?[\w.-]*)$/);
  const key = before.match(/(?:^|[{,])\s*(["']?[\w$]*)$/);
  const [typed, options] = value ? [value[2], values(page.field(value[1]), format)] : key ? [key[1], keys(page, format)] : ["", []];
  const fitting = matching(options, typed.replace(/["']/g, ""));
  if (!fitting.length || (!typed && !context.explicit)) return null;
  const closes = /^["']/.test(typed) && context.state.sliceDoc(context.pos, context.pos + 1) === typed[0];
  return { from: context.pos - typed.length, to: context.pos + (closes ? 1 : 0), options: fitting, filter: false };
}

// What begins with the typed text, then what has it inside, each in its own order: the default first, or as in the schema.
function matching(options, typed) {
  const at = (option) => option.label.replace(/["']/g, "").toLowerCase().indexOf(typed.toLowerCase());
  return [...options.filter((option) => at(option) === 0), ...options.filter((option) => at(option) > 0)];
}

function keys(page, format) {
  const quote = /json/.test(format) ? '"' : "";
  return page.fields().filter((field) => field.state.active && !field.state.given).map((field) => ({
    label: `${quote}${field.name}${quote}`,
    displayLabel: field.name,
    detail: field.title,
    info: `${helpText(field)} ${facts(field)}`,
    apply: `${quote}${field.name}${quote}${format === "toml" ? " = " : ": "}`,
    type: "property",
  }));
}

// The default first, then the others in the order of the schema.
function values(field, format) {
  if (!field) return [];
  const booleans = [field.type].flat().includes("boolean") ? [false, true] : [];
  const candidates = [field.default, ...(field.enum ?? [...booleans, ...(field.examples ?? [])])];
  const unique = [...new Set(candidates.filter((value) => value !== undefined))];
  return unique.map((value) => ({
    label: format === "yaml" && typeof value === "string" ? value : JSON.stringify(value),
    detail: [titleOf(field, value), value === field.default && "default"].filter(Boolean).join(", "),
    info: field.enumDescriptions?.[field.enum.indexOf(value)] ?? `${helpText(field)} ${facts(field)}`,
  }));
}
