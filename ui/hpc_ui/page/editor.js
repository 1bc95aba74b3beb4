// @ts-check
// The text of the document: it is kept only here, in both modes, with one undo history.
import {
  autocompletion, closeBrackets, completionKeymap, Decoration, EditorState, EditorView, history, historyKeymap, hoverTooltip,
  indentService, keymap, lineNumbers, lintKeymap, MatchDecorator, redo, setDiagnostics, standardKeymap, undo, ViewPlugin,
} from "./vendor.js";
import { completions } from "./completion.js";
import { facts, helpText } from "./schema.js";

const TOKENS = {
  slashes: /("(?:[^"\\\n]|\\.)*"?)(?=(\s*:)?)|(\/\/.*|\/\*[\s\S]*?\*\/)|\b(true|false|null)\b|(-?\b\d[\w.+-]*)/g,
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
    show: (diagnostics) => view.dispatch(setDiagnostics(view.state, diagnostics.map((d) => marker(d, view, page)))),
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
      indentService.of((context, position) => indentation(context.textAfterPos(position), lineBefore(context.state, position))),
      highlighter(/json/.test(format) ? TOKENS.slashes : TOKENS.hash),
      EditorView.contentAttributes.of({ "aria-label": "The job as text", spellcheck: "false", tabindex: "0" }),
      EditorView.updateListener.of((update) => update.docChanged && page.onText()),
    ],
  });
}

// A new line stands two columns deeper than one that ends in an opening bracket, and one that closes it stands with it.
function indentation(after, before) {
  const column = before.match(/^ */)[0].length;
  const opens = /[{[]\s*$/.test(before);
  const closes = /^\s*[}\]]/.test(after);
  return column + (opens && !closes ? 2 : !opens && closes ? -Math.min(2, column) : 0);
}

function lineBefore(state, position) {
  for (let { number, from } = state.doc.lineAt(position), text = state.doc.sliceString(from, position); number >= 1; number -= 1) {
    if (text.trim()) return text;
    text = number > 1 ? state.doc.line(number - 1).text : "";
  }
  return "";
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

function marker(diagnostic, view, page) {
  const end = view.state.doc.length;
  const from = Math.min(diagnostic.from, end);
  return {
    from, to: Math.max(from, Math.min(diagnostic.to, end)),
    severity: diagnostic.severity === "note" ? "info" : diagnostic.severity,
    source: diagnostic.code,
    message: diagnostic.help ? `${diagnostic.message}\n${diagnostic.help}` : diagnostic.message,
    actions: diagnostic.fixes.map((fix) => ({ name: `Fix: ${fix.description}`, apply: () => page.apply(fix.changes) })),
  };
}

function hover(view, position, page) {
  const word = view.state.wordAt(position);
  const field = word && page.field(view.state.sliceDoc(word.from, word.to));
  if (!field) return null;
  const dom = Object.assign(document.createElement("div"), { className: "hover-help", textContent: `${field.title}: ${helpText(field)} ${facts(field)}` });
  return { pos: word.from, end: word.to, create: () => ({ dom }) };
}
