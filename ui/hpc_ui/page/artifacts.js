// @ts-check
// The compiled files, line by line: what changed since the document was opened or saved, and where each value comes from.
import { html, useMemo, useState } from "./vendor.js";
import { copy, download } from "./files.js";
import { markedOf, page } from "./state.js";

const all = (state) => state;

export function Artifacts() {
  const state = page.use(all);
  const files = state.artifacts;
  const baseline = state.baseline ?? files;
  const names = markedOf(state);
  const [chosen, choose] = useState("training_arguments.json");
  const [line, setLine] = useState(/** @type {any} */ (null));
  const file = files.find((candidate) => candidate.name === chosen) ?? files[0];
  const before = baseline.find((candidate) => candidate.name === file?.name);
  const old = useMemo(() => olds(before), [before]);
  if (!file) return html`<p class="muted">The compiled files appear here once the job has no errors.</p>`;
  const point = (entry) => { setLine(entry); page.set({ pointed: entry?.fields ?? [] }); };
  const step = (event) => {
    const move = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!move) return;
    event.preventDefault();
    const index = Math.min(file.lines.length - 1, Math.max(0, file.lines.indexOf(line) + move));
    point(file.lines[index]);
    document.getElementById(`line-${index}`)?.scrollIntoView({ block: "nearest" });
  };
  return html`<div class=${`artifacts${state.stale ? " stale" : ""}`}>
    <div class="files" role="group" aria-label="Compiled files">${files.map((candidate) => html`<button type="button" aria-pressed=${candidate === file}
      onClick=${() => { choose(candidate.name); point(null); }}>${candidate.name}${differs(candidate, baseline) && html`<span class="dot" title="changed"><span class="hidden">, changed</span></span>`}</button>`)}</div>
    ${state.stale && html`<p class="muted">Last valid version.</p>`}
    <div class="lines" role="listbox" tabindex="0" aria-label=${`${file.name}, line by line`} aria-activedescendant=${line ? `line-${file.lines.indexOf(line)}` : undefined}
        onKeyDown=${step} onBlur=${() => point(null)} onMouseLeave=${() => point(null)}>
      ${file.lines.map((entry, index) => html`<${Line} key=${index} id=${`line-${index}`} entry=${entry} old=${old(entry)} selected=${entry === line}
        marked=${entry.fields.some((name) => names.includes(name))} point=${() => point(entry)} />`)}
      ${gone(before, file).map((entry) => html`<div class="line gone" role="option" aria-selected="false"><del>${entry.text}</del></div>`)}
    </div>
    <p class="why" aria-live="polite">${line?.why || "Point at a value, or move through the lines with the arrow keys, to see where it comes from."}</p>
    <div class="actions">
      <button type="button" onClick=${() => copy(file.lines.map((entry) => `${entry.text}\n`).join(""), file.name)}>Copy ${file.name}</button>
      <button type="button" disabled=${state.stale} onClick=${download}>Download all</button>
    </div>
  </div>`;
}

function Line({ id, entry, old, selected, marked, point }) {
  const kind = old === undefined ? "" : old === null ? " added" : " changed";
  return html`<div id=${id} class=${`line${kind}${marked ? " marked" : ""}${entry.key ? " value" : ""}`} role="option" aria-selected=${selected} onMouseEnter=${point}>
    ${entry.text}${old && html` <del>${old.trim().replace(/^"[^"]*": |,$/g, "")}</del>`}</div>`;
}

// What a line was before: undefined when it is the same, null when it was not there, or else the old line.
function olds(before) {
  const bare = (line) => line.text.replace(/,$/, "");
  const texts = new Set(before?.lines.map(bare));
  return (entry) => {
    if (texts.has(bare(entry)) || (!before && !entry.key)) return undefined;
    const same = before?.lines.filter((line) => entry.key && line.key === entry.key) ?? [];
    return same.length === 1 ? same[0].text : null;
  };
}

function gone(before, file) {
  const keys = new Set(file.lines.map((line) => line.key));
  return (before?.lines ?? []).filter((line) => line.key && !keys.has(line.key));
}

function differs(file, baseline) {
  const before = baseline.find((candidate) => candidate.name === file.name);
  return before === undefined || before.lines.length !== file.lines.length || before.lines.some((line, index) => line.text !== file.lines[index].text);
}
