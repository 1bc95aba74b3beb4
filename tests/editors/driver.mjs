// node driver.mjs {"schema", "tombi", "settings"}: one JSON question a line on standard input, one JSON answer a line on standard output.
// {format, text, action: completion | hover | validate, position, uri} -> {items} | {text} | {error}
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Server } from './server.mjs';

const require = createRequire(import.meta.url);
const { getLanguageService, TextDocument, ClientCapabilities } = require('vscode-json-languageservice');
const { parse } = require('jsonc-parser');
const { schema, tombi, settings: file } = JSON.parse(process.argv[2]);
const root = pathToFileURL(`${process.cwd()}/`);
let documents = 0;

// A folder's own settings when there are some; VS Code itself resolves the JSON addresses against the folder.
const settings = file ? parse(readFileSync(file, 'utf8')) : {
  'json.schemas': [{ url: schema, fileMatch: ['config-*'] }],
  'yaml.schemas': { [schema]: ['config-*'] },
};
const schemas = settings['json.schemas'].map(({ url, fileMatch }) => ({ uri: new URL(url, root).toString(), fileMatch }));

const json = getLanguageService({
  clientCapabilities: ClientCapabilities.LATEST,
  workspaceContext: { resolveRelativePath: (path, from) => new URL(path, from).toString() },
  schemaRequestService: async uri => readFileSync(fileURLToPath(uri), 'utf8'),
});
const commentsAllowed = { comments: 'ignore', trailingCommas: 'ignore' };
json.configure({ validate: true, schemas });

async function askJson(uri, text, action, position, format) {
  const document = TextDocument.create(uri, format, 1, text);
  const tree = json.parseJSONDocument(document);
  if (action === 'completion') return json.doComplete(document, position, tree);
  if (action === 'hover') return json.doHover(document, position, tree);
  return json.doValidation(document, tree, format === 'jsonc' ? commentsAllowed : { comments: 'error', trailingCommas: 'error' });
}

const yamlServer = require.resolve('yaml-language-server/bin/yaml-language-server');
const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false }, schemas: settings['yaml.schemas'] };
const servers = {};
const start = {
  yaml: () => new Server(process.execPath, [yamlServer, '--stdio'], { language: 'yaml', root, settings: { yaml }, inOrder: true }).start(),
  toml: () => new Server(tombi, ['lsp'], { language: 'toml', root, settings: { tombi: {} }, inOrder: false }).start(),
};

async function askServer(uri, text, action, position, format) {
  servers[format] ??= await start[format]();
  return servers[format].ask(uri, text, action, position);
}

const words = content => typeof content === 'string' ? content : Array.isArray(content) ? content.map(words).join('\n') : content?.value ?? '';
const item = ({ label, documentation, detail, insertText, textEdit }) =>
  ({ label, documentation: words(documentation) || detail || '', text: textEdit?.newText ?? insertText ?? label });
const shape = {
  completion: answer => ({ items: (Array.isArray(answer) ? answer : answer?.items ?? []).map(item) }),
  hover: answer => ({ text: words(answer?.contents) }),
  validate: answer => ({ items: answer.map(({ message, range, severity }) => ({ message, severity, ...range })) }),
};

async function answer({ uri, format, text, action, position }) {
  uri ??= new URL(`config-${++documents}.${format}`, root).toString();
  const ask = format.startsWith('json') ? askJson : askServer;
  return shape[action](await ask(uri, text, action, position, format));
}

for await (const line of createInterface({ input: process.stdin })) {
  const found = await answer(JSON.parse(line)).catch(error => ({ error: String(error) }));
  console.log(JSON.stringify(found));
}
Object.values(servers).forEach(server => server.stop());
