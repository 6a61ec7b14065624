// A language server for a language of words: "bad" is an error, "odd" a warning, "use x" an error where no x.toy is.
// It speaks the real protocol over stdio and misbehaves as its arguments say; it is started as a program of its own.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type CancellationToken, createMessageConnection, ResponseError, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

const { values } = parseArgs({
  options: {
    log: { type: 'string' },
    /** push, versions (push with versions), pull, late-pull (registered afterwards). */
    mode: { type: 'string', default: 'pull' },
    encoding: { type: 'string' },
    /** A request or notification at which to misbehave, and how. */
    at: { type: 'string' },
    fault: { type: 'string' },
    /** Only the first start misbehaves: this file is made then. */
    once: { type: 'string' },
    /** What to ask the client once it said `initialized`. */
    ask: { type: 'string' },
    child: { type: 'boolean', default: false },
    /** Reply to `rename` with this JSON; ROOT stands for the address of the root. */
    edit: { type: 'string' },
    /** Milliseconds between a change and what is published about it. */
    lag: { type: 'string', default: '0' },
  },
});

interface Document {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
}

const documents = new Map<string, Document>();
const connection = createMessageConnection(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));
let root = '';
let cancelled = 0;
if (values.child) spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
log({ started: process.pid, parent: process.ppid, args: process.argv.slice(2), keys: Object.keys(process.env) });

function log(entry: object): void {
  if (values.log !== undefined) appendFileSync(values.log, `${JSON.stringify(entry)}\n`);
}

function wellBehaved(): boolean {
  if (values.once === undefined) return false;
  if (existsSync(values.once)) return true;
  appendFileSync(values.once, '');
  return false;
}

/** @returns Whether the message is to be answered. */
function misbehave(method: string): boolean {
  if (values.at !== method || wellBehaved()) return true;
  switch (values.fault) {
    case 'crash':
      process.stderr.write('out of words\n');
      process.exit(3);
      break;
    case 'hang':
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
      break;
    case 'silence':
      return false;
    case 'garbage':
      process.stdout.write('Welcome to the fake server!\r\n\r\n');
      return false;
    case 'half':
      process.stdout.write('Content-Length: 10\r\n\r\n{"json');
      process.stdout.end();
      return false;
    case 'no-json':
      process.stdout.write('Content-Length: 9\r\n\r\nnot: json');
      return false;
    case 'huge':
      process.stdout.write('Content-Length: 99999999999\r\n\r\n');
      return false;
    case 'endless-header':
      for (let line = 0; line < 20_000; line += 1) process.stdout.write(`X-Header-${line}: x\r\n`);
      return false;
    case 'stubborn':
      process.on('SIGTERM', () => {});
      return false;
    case 'error':
      throw new ResponseError(-32_603, 'the words are lost');
    case 'retry':
      if ((cancelled += 1) < 3) throw new ResponseError(-32_802, 'not now', { retriggerRequest: true });
      break;
    case 'storm':
      void storm();
      break;
    case 'nonsense':
      void connection.sendNotification('textDocument/publishDiagnostics', { uri: 7, diagnostics: 'many' });
      void connection.sendNotification('textDocument/publishDiagnostics', null);
      void connection.sendNotification('$/progress', 'soon');
      break;
    default:
  }
  return true;
}

async function storm(): Promise<void> {
  const items = Array.from({ length: 200 }, (_, line) => ({ range: rangeOf(line, 0, 1), severity: 1, message: 'x'.repeat(500) }));
  for (let round = 0; round < 2_000; round += 1) {
    await connection.sendNotification('textDocument/publishDiagnostics', {
      uri: pathToFileURL(`/nowhere/${round}.toy`).href,
      diagnostics: items,
    });
  }
}

function rangeOf(line: number, from: number, to: number) {
  return { start: { line, character: from }, end: { line, character: to } };
}

/** Columns in the unit that was agreed on. */
function column(before: string): number {
  if (values.encoding === 'utf-8') return Buffer.byteLength(before);
  return values.encoding === 'utf-32' ? [...before].length : before.length;
}

function textOf(path: string): string | undefined {
  const open = documents.get(pathToFileURL(path).href)?.text;
  return open ?? (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
}

function words(text: string): { word: string; line: number; from: number; to: number; next: string }[] {
  return text.split(/\r\n|\n|\r/).flatMap((line, number) =>
    [...line.matchAll(/[\p{L}\p{N}_]+/gu)].map(({ 0: word, index }) => ({
      word,
      line: number,
      from: column(line.slice(0, index)),
      to: column(line.slice(0, index + word.length)),
      next: /^\s*(\S*)/.exec(line.slice(index + word.length))?.[1] ?? '',
    })),
  );
}

function diagnose({ uri, text }: Document): object[] {
  const folder = dirname(fileURLToPath(uri));
  return words(text).flatMap(({ word, line, from, to, next }) => {
    const range = rangeOf(line, from, to);
    if (word === 'bad') return [{ range, severity: 1, source: 'toy', code: 'B1', message: 'a bad word' }];
    if (word === 'odd') return [{ range, severity: 2, source: 'toy', code: 17, message: 'an odd word' }];
    if (word === 'fyi') return [{ range, severity: 4, message: 'a hint' }];
    const missing = word === 'use' && textOf(join(folder, `${next}.toy`)) === undefined;
    return missing ? [{ range, severity: 1, source: 'toy', message: `no ${next}` }] : [];
  });
}

const publishes = values.mode === 'push' || values.mode === 'versions';

function publishAll(): void {
  for (const document of documents.values()) publish(document);
}

function publish(document: Document): void {
  if (!publishes) return;
  const about = values.mode === 'versions' ? { version: document.version } : {};
  const send = (diagnostics: object[]) =>
    void connection.sendNotification('textDocument/publishDiagnostics', { uri: document.uri, ...about, diagnostics });
  setTimeout(() => {
    // In stages, as servers do: first nothing, then what was found.
    if (values.mode === 'push') send([]);
    setTimeout(send, 20, diagnose(document));
  }, Number(values.lag));
}

function toyFiles(): string[] {
  return readdirSync(root).filter((name) => name.endsWith('.toy')).map((name) => join(root, name));
}

function wordAt({ textDocument: { uri }, position }: Spot): string | undefined {
  const text = textOf(fileURLToPath(uri)) ?? '';
  return words(text).find(
    ({ line, from, to }) => line === position.line && from <= position.character && position.character <= to,
  )?.word;
}

interface Spot {
  readonly textDocument: { readonly uri: string };
  readonly position: { readonly line: number; readonly character: number };
}

function usesOf(word: string | undefined) {
  return toyFiles().flatMap((path) =>
    words(textOf(path) ?? '')
      .filter((one) => one.word === word)
      .map(({ line, from, to }) => ({ uri: pathToFileURL(path).href, range: rangeOf(line, from, to) })),
  );
}

const answers: Record<string, (params: never) => unknown> = {
  initialize({ rootUri }: { rootUri: string }) {
    root = fileURLToPath(rootUri);
    const pull = { interFileDependencies: true, workspaceDiagnostics: false };
    return {
      capabilities: {
        ...(values.encoding === undefined ? {} : { positionEncoding: values.encoding }),
        textDocumentSync: { openClose: true, change: 2, save: { includeText: true } },
        definitionProvider: true,
        referencesProvider: {},
        renameProvider: true,
        ...(values.mode === 'pull' ? { diagnosticProvider: pull } : {}),
      },
    };
  },
  'textDocument/diagnostic': ({ textDocument: { uri } }: Spot) => {
    const document = documents.get(uri);
    return { kind: 'full', items: document ? diagnose(document) : [] };
  },
  'textDocument/definition': (spot: Spot) => usesOf(wordAt(spot)).slice(0, 1),
  'textDocument/references': (spot: Spot) => usesOf(wordAt(spot)),
  'textDocument/rename': ({ newName, ...spot }: Spot & { newName: string }) => {
    if (values.edit !== undefined) return JSON.parse(values.edit.replaceAll('ROOT', pathToFileURL(root).href));
    const changes: Record<string, object[]> = {};
    for (const { uri, range } of usesOf(wordAt(spot))) (changes[uri] ??= []).push({ range, newText: newName });
    return { changes };
  },
  shutdown: () => null,
};

connection.onRequest((method: string, params: unknown, token: CancellationToken) => {
  log({ request: method, params });
  token.onCancellationRequested(() => log({ cancelled: method }));
  if (!misbehave(method)) return new Promise(() => {});
  return answers[method]?.(params as never) ?? null;
});

const heard: Record<string, (params: never) => void> = {
  'textDocument/didOpen': ({ textDocument }: { textDocument: Document }) => {
    documents.set(textDocument.uri, textDocument);
    publish(textDocument);
  },
  'textDocument/didChange': ({ textDocument, contentChanges }: { textDocument: Document; contentChanges: { text: string }[] }) => {
    documents.set(textDocument.uri, { ...textDocument, text: contentChanges.at(-1)?.text ?? '' });
    publishAll();
  },
  'textDocument/didClose': ({ textDocument }: Spot) => {
    documents.delete(textDocument.uri);
    publishAll();
  },
  'workspace/didChangeWatchedFiles': publishAll,
  initialized: () => void greeted(),
  exit: () => process.exit(0),
};

connection.onNotification((method: string, params: unknown) => {
  log({ notification: method, params });
  if (misbehave(method)) heard[method]?.(params as never);
});

async function greeted(): Promise<void> {
  const registrations = [
    { id: 'watch', method: 'workspace/didChangeWatchedFiles', registerOptions: { watchers: [{ globPattern: '**' }] } },
    ...(values.mode === 'late-pull' ? [{ id: 'pull', method: 'textDocument/diagnostic', registerOptions: {} }] : []),
  ];
  await connection.sendRequest('client/registerCapability', { registrations });
  if (values.ask === undefined) return;
  const { method, params } = JSON.parse(values.ask) as { method: string; params: object };
  const answer = await connection.sendRequest(method, params).catch((error: ResponseError<unknown>) => ({ error: error.code }));
  log({ asked: method, answer });
}

connection.onClose(() => process.exit(1));
connection.listen();
