// Everything that the page takes from npm, by name: `npm run build` bundles it into ../hpc_ui/page/vendor.js.
export { autocompletion, closeBrackets, completionKeymap, startCompletion } from "@codemirror/autocomplete";
export { history, historyKeymap, redo, standardKeymap, undo } from "@codemirror/commands";
export { indentService } from "@codemirror/language";
export { lintKeymap, setDiagnostics } from "@codemirror/lint";
export { Annotation, Compartment, EditorState } from "@codemirror/state";
export { Decoration, EditorView, hoverTooltip, keymap, lineNumbers, MatchDecorator, ViewPlugin } from "@codemirror/view";
export { html, render } from "htm/preact";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { default as uPlot } from "uplot";
