// A language server over stdio: documents are opened, asked about, and closed again.
import { spawn } from 'node:child_process';

// Milliseconds for an answer: of a busy machine, too.
const PATIENCE = 120_000;

const CAPABILITIES = {
  workspace: { configuration: true, workspaceFolders: true, didChangeConfiguration: {} },
  textDocument: {
    completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown', 'plaintext'] } },
    hover: { contentFormat: ['markdown', 'plaintext'] },
    publishDiagnostics: { relatedInformation: true },
  },
};

export class Server {
  #buffer = Buffer.alloc(0);
  #sequence = 0;
  #pending = new Map();
  #diagnosed = new Map();

  constructor(command, args, { language, root, settings, inOrder }) {
    Object.assign(this, { language, root, settings, inOrder });
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.child.stdout.on('data', chunk => this.#read(chunk));
    this.child.on('error', error => this.#fail(`cannot start ${command}: ${error.message}`));
    this.child.on('exit', code => this.#fail(`${command} ended with ${code}`));
  }

  async start() {
    const rootUri = this.root.toString();
    await this.request('initialize', {
      processId: process.pid, rootUri, workspaceFolders: [{ uri: rootUri, name: 'tests' }], capabilities: CAPABILITIES,
    });
    this.#send({ method: 'initialized', params: {} });
    this.#send({ method: 'workspace/didChangeConfiguration', params: { settings: this.settings } });
    return this;
  }

  async ask(uri, text, action, position) {
    const textDocument = { uri };
    this.#diagnosed.delete(uri);
    this.#send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: this.language, version: 1, text } } });
    try {
      // Diagnostics come when settings, schema and document have been read: what a first answer needs, or any answer
      // of a server that does not keep to the order of the questions.
      if (action === 'validate' || !this.warm || !this.inOrder) await this.#published(uri);
      this.warm = true;
      if (action === 'validate') return this.#diagnosed.get(uri);
      return await this.request(`textDocument/${action}`, { textDocument, position, context: { triggerKind: 1 } });
    } finally {
      this.#send({ method: 'textDocument/didClose', params: { textDocument } });
    }
  }

  request(method, params) {
    const id = ++this.#sequence;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      setTimeout(() => this.#pending.delete(id) && reject(new Error(`${method}: no answer`)), PATIENCE).unref();
      this.#send({ id, method, params });
    });
  }

  stop() {
    this.child.removeAllListeners('exit');
    this.child.kill();
  }

  async #published(uri) {
    for (let waited = 0; waited < PATIENCE && !this.#diagnosed.has(uri); waited += 20) await new Promise(r => setTimeout(r, 20));
    if (!this.#diagnosed.has(uri)) throw new Error(`no diagnostics for ${uri}`);
  }

  #send(message) {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    this.child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.child.stdin.write(body);
  }

  #read(chunk) {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (let head = this.#buffer.indexOf('\r\n\r\n'); head >= 0; head = this.#buffer.indexOf('\r\n\r\n')) {
      const length = Number(/content-length: *(\d+)/i.exec(this.#buffer.subarray(0, head).toString())[1]);
      if (this.#buffer.length < head + 4 + length) return;
      const message = JSON.parse(this.#buffer.subarray(head + 4, head + 4 + length));
      this.#buffer = this.#buffer.subarray(head + 4 + length);
      this.#receive(message);
    }
  }

  #receive({ id, method, params, result, error }) {
    if (method === 'workspace/configuration') {
      this.#send({ id, result: params.items.map(item => this.settings[item.section] ?? null) });
    } else if (method === 'textDocument/publishDiagnostics') {
      this.#diagnosed.set(params.uri, params.diagnostics);
    } else if (method) {
      if (id !== undefined) this.#send({ id, result: null });
    } else {
      const asked = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) asked?.reject(new Error(JSON.stringify(error)));
      else asked?.resolve(result);
    }
  }

  #fail(message) {
    for (const asked of this.#pending.values()) asked.reject(new Error(message));
    this.#pending.clear();
  }
}
