// The text of the document: it is kept only here, in both modes, with one undo history.
import {
  autocompletion, closeBrackets, completionKeymap, Decoration, EditorState, EditorView, history, historyKeymap,
  hoverTooltip, keymap, lineNumbers, lintKeymap, MatchDecorator, redo, setDiagnostics, standardKeymap, undo, ViewPlugin,
} from "./vendor.js";
import { helpText, shown } from "./schema.js";

const TOKENS = {
  slashes: /("(?:[^"\\\n]|\\.)*"?)(?=(\s*:)?)|(\/\/.*|\/\*[^]*?\*\/)|\b(true|false|null)\b|(-?\b\d[\w.+-]*)/g,
  hash: /("(?:[^"\\\n]|\\.)*"?)(?=(\s*[:=])?)|(#.*)|\b(true|false|null)\b|(-?\b\d[\w.+-]*)|^([\w$-]+)(?=\s*[:=])/g,
};

export function createEditor(parent, page) {
  const view = new EditorView({ parent, state: state("", "jsonc", page) });
  return {
    view,
    text: () => view.state.doc.toString(),
    load: (text, format) => view.setState(state(text, format, page)),
    change: (changes) => view.dispatch({ changes, userEvent: "input.form" }),
    undo: () => undo(view),
    redo: () => redo(view),
    goto(position) {
      view.dispatch({ selection: { anchor: position }, effects: EditorView.scrollIntoView(position, { y: "center" }) });
      view.focus();
    },
    show: (diagnostics) => view.dispatch(setDiagnostics(view.state, diagnostics.map((d) => marker(d, view)))),
  };
}

function state(text, format, page) {
  return EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(), history(), closeBrackets(), EditorView.lineWrapping,
      keymap.of([...completionKeymap, ...lintKeymap, ...historyKeymap, ...standardKeymap]),
      autocompletion({ override: [(context) => completions(context, format, page)], icons: false, activateOnTyping: true }),
      hoverTooltip((view, position) => hover(view, position, page)),
      highlighter(/json/.test(format) ? TOKENS.slashes : TOKENS.hash),
      EditorView.contentAttributes.of({ "aria-label": "The job as text", spellcheck: "false", tabindex: "0" }),
      EditorView.updateListener.of((update) => update.docChanged && page.onText()),
    ],
  });
}

function highlighter(regexp) {
  const decorator = new MatchDecorator({
    regexp,
    decoration: ([, string, colon, comment, word, number]) =>
      Decoration.mark({ class: string ? (colon ? "tok-key" : "tok-string") : comment ? "tok-comment" : word ? "tok-word" : number ? "tok-number" : "tok-key" }),
  });
  return ViewPlugin.define((view) => ({
    marks: decorator.createDeco(view),
    update(update) { this.marks = decorator.updateDeco(update, this.marks); },
  }), { decorations: (plugin) => plugin.marks });
}

function marker(diagnostic, view) {
  const end = view.state.doc.length;
  const from = Math.min(diagnostic.from, end);
  return {
    from, to: Math.max(from, Math.min(diagnostic.to, end)),
    severity: diagnostic.severity === "note" ? "info" : diagnostic.severity,
    source: diagnostic.code,
    message: diagnostic.help ? `${diagnostic.message}\n${diagnostic.help}` : diagnostic.message,
    actions: diagnostic.fix
      ? [{ name: `Fix: ${diagnostic.fix.description}`, apply: (target) => target.dispatch({ changes: diagnostic.fix.changes }) }]
      : [],
  };
}

// The completions at the cursor: values of the key before it, or keys that apply in this job and are not written yet.
function completions(context, format, page) {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const value = before.match(/["']?([\w$]+)["']?\s*[:=]\s*(["']?[\w.-]*)$/);
  const key = before.match(/(?:^|[{,])\s*(["']?[\w$]*)$/);
  const [typed, options] = value ? [value[2], values(page.field(value[1]), format)] : key ? [key[1], keys(page, format)] : ["", []];
  if (!options.length || (!typed && !context.explicit)) return null;
  const closes = /^["']/.test(typed) && context.state.sliceDoc(context.pos, context.pos + 1) === typed[0];
  return { from: context.pos - typed.length, to: context.pos + (closes ? 1 : 0), options, validFor: /^["']?[\w$.-]*$/ };
}

function keys(page, format) {
  const quote = /json/.test(format) ? '"' : "";
  return page.fields().filter((field) => field.state.active && !field.state.given).map((field) => ({
    label: `${quote}${field.name}${quote}`,
    displayLabel: field.name,
    detail: field.title,
    info: helpText(field),
    apply: `${quote}${field.name}${quote}${format === "toml" ? " = " : ": "}`,
    type: "property",
  }));
}

function values(field, format) {
  if (!field) return [];
  const candidates = field.enum ?? [...(field.type.includes("boolean") ? [false, true] : []), ...(field.examples ?? []), field.default];
  const unique = [...new Set(candidates.filter((value) => value !== undefined))];
  return unique.map((value) => ({
    label: format === "yaml" && typeof value === "string" ? value : JSON.stringify(value),
    detail: value === field.default ? "default" : undefined,
    info: field.enumDescriptions?.[field.enum.indexOf(value)],
  }));
}

function hover(view, position, page) {
  const word = view.state.wordAt(position);
  const field = word && page.field(view.state.sliceDoc(word.from, word.to));
  if (!field) return null;
  const dom = Object.assign(document.createElement("div"), { className: "hover-help", textContent: `${field.title}: ${helpText(field)} Default: ${shown(field)}.` });
  return { pos: word.from, end: word.to, create: () => ({ dom }) };
}
