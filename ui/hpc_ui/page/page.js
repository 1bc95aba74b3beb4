// The page's state and its actions. The document is the editor's text; everything else is derived from it.
import { useEffect, useMemo, useRef, useState } from "./vendor.js";
import { call, download as fetchFolder } from "./server.js";

const PAUSE = 120;
const SHORT = 6000;
const PATIENCE = 700;
// The only field that the page knows by its name: the config decides whether a run resumes.
const RESUME = "resume_from_checkpoint";
const EMPTY = { diagnostics: [], fields: null, artifacts: null, summary: [] };

// A message without an action disappears by itself; the others stay until they are dismissed.
function useMessage() {
  const [message, setMessage] = useState(null);
  useEffect(() => {
    if (!message || message.error || message.undo || message.link) return undefined;
    const timer = setTimeout(() => setMessage(null), SHORT);
    return () => clearTimeout(timer);
  }, [message]);
  return [message, setMessage];
}

export function usePage(start) {
  const editor = useRef(null);
  const fieldsBefore = useRef({});
  const [document_, setDocument] = useState({ ...start.document, saved: start.document.text });
  const [text, setText] = useState(start.document.text);
  const [verdict, setVerdict] = useState(EMPTY);
  const [baseline, setBaseline] = useState(null);
  const [artifacts, setArtifacts] = useState([]);
  const [mode, setMode] = useState("form");
  const [marked, mark] = useState([]);
  const [chosen, setChosen] = useState({});
  const [waiting, setWaiting] = useState(0);
  const [panel, setPanel] = useState("files");
  const [dialog, setDialog] = useState(null);
  const [message, setMessage] = useMessage();
  const timer = useRef(0);
  const latest = useRef({});
  latest.current = { document: document_, baseline };

  const subject = () => ({ text: editor.current.text(), format: latest.current.document.format, path: latest.current.document.path });
  const guarded = (action) => async (...values) => {
    try {
      return await action(...values);
    } catch (error) {
      setMessage({ text: error.message, error: true });
      return undefined;
    }
  };

  const judge = guarded(async () => {
    const asked = subject();
    const answer = await call("check", asked);
    if (asked.text !== editor.current.text()) return;
    if (answer.fields) fieldsBefore.current = answer.fields;
    if (answer.artifacts) {
      setArtifacts(answer.artifacts);
      if (!latest.current.baseline) setBaseline(answer.artifacts);
    }
    setVerdict((current) => ({ ...answer, text: asked.text, summary: answer.fields ? answer.summary : current.summary }));
    editor.current.show(answer.diagnostics);
    setDocument((current) => ({ ...current, disk: answer.stamp }));
  });

  const load = (fresh) => {
    editor.current.load(fresh.text, fresh.format);
    latest.current = { document: { ...fresh, saved: fresh.text }, baseline: null };
    setDocument(latest.current.document);
    setBaseline(null);
    setArtifacts([]);
    setText(fresh.text);
    setMessage(null);
    return judge();
  };

  // Edits of the form wait for each other, so that each is computed on the text that the one before it left.
  const queue = useRef(Promise.resolve());
  const change = (body, done) => {
    setWaiting((count) => count + 1);
    queue.current = queue.current.then(guarded(async () => {
      let asked, answer;
      do {
        asked = subject();
        answer = await call("edit", { ...asked, ...body });
      } while (asked.text !== editor.current.text());
      if (answer.changes.length) editor.current.change(answer.changes);
      clearTimeout(timer.current);
      await judge();
      done?.();
    })).then(() => setWaiting((count) => count - 1));
    return queue.current;
  };

  const reset = (fields, note) => change({ fields }, () => note && setMessage({ text: `${note}.`, undo: true }));

  // A control shows what was chosen at once, and what the document holds when the compiler has answered.
  const edit = async (field, value) => {
    setChosen((current) => ({ ...current, [field]: value }));
    await change(value === undefined ? { fields: [field] } : { field, value });
    setChosen(({ [field]: now, ...others }) => (now === value ? others : { ...others, [field]: now }));
  };
  const stateOf = (name) => {
    const known = (verdict.fields ?? fieldsBefore.current)[name] ?? { value: null, given: false, active: true };
    return chosen[name] === undefined ? known : { ...known, value: chosen[name], given: true };
  };

  // `seen` is the stamp of the version on disk that may be replaced: by itself, the one that was opened.
  const saveTo = guarded(async (path, seen) => {
    setMessage(null);
    await queue.current;
    const { text: content, format } = subject();
    const current = latest.current.document;
    const stamp = seen ?? (path === current.path ? current.stamp : null);
    try {
      const saved = await call("save", { path, text: content, format, stamp });
      latest.current.document = { ...current, ...saved, disk: saved.stamp, saved: content };
      setDocument(latest.current.document);
      setBaseline(null);
      latest.current.baseline = null;
      setDialog(null);
      setMessage({ text: `Saved ${path}.` });
      await judge();
      return true;
    } catch (error) {
      if (error.changed === undefined) throw error;
      setDialog(null);
      setMessage({ text: path === current.path ? `${path} has changed on disk since it was opened, so it was not saved.` : `${path} already exists.`, error: true, overwrite: { path, seen: error.changed } });
      return false;
    }
  });
  // What comes next happens once the document is saved, under a name if it had none.
  const save = async (next) => {
    const { path } = latest.current.document;
    if (!path) return setDialog({ kind: "save", next });
    return (await saveTo(path)) && next?.();
  };
  const isSaved = () => editor.current.text() === latest.current.document.saved;

  // Undo does not go back past loading a document, so unsaved changes are replaced only when the user agrees.
  const giveWay = (next) => guarded(async (...values) => {
    await queue.current;
    const go = guarded(() => next(...values));
    if (!isSaved()) return setDialog({ kind: "unsaved", next: go });
    setDialog(null);
    return go();
  });

  const saveAndStart = async (options) => {
    await queue.current;
    const { path } = latest.current.document;
    if (path && isSaved()) return call("run", { path, ...options });
    return save(guarded(() => saveAndStart(options)));
  };
  const goOn = async (options) => {
    await edit(RESUME, true);
    await saveAndStart({ ...options, overwrite: false });
  };
  const openAndGoOn = giveWay(async (path, options) => {
    await load(await call("open", { path }));
    await goOn(options);
  });

  return useMemo(() => ({
    ...start, editor, document: document_, text, verdict, baseline: baseline ?? artifacts, artifacts, mode, marked, dialog, message, panel,
    stale: verdict.artifacts === null, busy: waiting > 0 || verdict.text !== text, dirty: text !== document_.saved, isEmpty: verdict.fields !== null && !document_.path && !Object.values(verdict.fields).some((field) => field.given),
    fields: () => start.fields.map((field) => ({ ...field, state: stateOf(field.name) })),
    field: (name) => start.fields.find((field) => field.name === name),
    mark, setMode, setPanel, setDialog, setMessage, load, reset, save, saveTo, judge,
    onText() {
      setText(editor.current.text());
      clearTimeout(timer.current);
      timer.current = setTimeout(judge, PAUSE);
    },
    edit,
    apply: (changes) => editor.current.change(changes),
    show(problem) {
      setMode("json");
      setTimeout(() => editor.current.goto(problem.from));
    },
    explainRule: guarded(async (code) => setDialog({ kind: "rule", rule: await call("rule", { code }) })),
    showOpen: guarded(async () => setDialog({ kind: "open", ...(await call("files")) })),
    open: giveWay(async (path) => load(await call("open", { path }))),
    openRecipe: giveWay(async (name) => load(await call("recipe", { name }))),
    reload: guarded(async () => load(await call("open", { path: latest.current.document.path }))),
    copy: guarded(async (content, name) => {
      await navigator.clipboard.writeText(content);
      setMessage({ text: `Copied ${name}.` });
    }),
    download: guarded(async () => {
      const { name, data } = await fetchFolder(subject());
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(data), download: name });
      link.click();
      URL.revokeObjectURL(link.href);
    }),
    startRun: guarded(saveAndStart),
    resumeRun: guarded((path, options) => (latest.current.document.path === path ? goOn(options) : openAndGoOn(path, options))),
    resumes: Boolean(stateOf(RESUME).value),
    stopRun: guarded(() => call("stop")),
    openMlflow: guarded(async () => {
      setMessage({ text: "Starting MLflow…" });
      let address = null;
      while (!address) {
        ({ address } = await call("mlflow"));
        if (!address) await new Promise((resolve) => setTimeout(resolve, PATIENCE));
      }
      setMessage({ text: "MLflow is ready.", link: address });
    }),
  }), [document_, text, verdict, baseline, artifacts, mode, marked, dialog, message, panel, waiting, chosen]);
}
