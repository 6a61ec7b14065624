import { basename } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { SandboxOptions } from '@capstan/tools';
import { clientCapabilities, readCapabilities, withRegistration, type Capabilities } from './capabilities.ts';
import { answerServer, nested } from './answer-server.ts';
import { openDocuments, textOnDisk, type Documents } from './documents.ts';
import { uriOf } from './file-uri.ts';
import type { FoundServer, Surroundings } from './find-server.ts';
import { publishedBy, type Published } from './published.ts';
import { readDiagnostics, recordOf, type WireDiagnostic } from './replies.ts';
import { ServerError, startLink, type ServerLink } from './server-link.ts';
import { specFor } from './server-spec.ts';

/** What a server is started with. */
export interface ServerStart {
  readonly found: FoundServer;
  /** Absolute folder it is started for. */
  readonly folder: string;
  readonly around: Surroundings;
  /** What it is told of its configuration, by section. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sandbox?: SandboxOptions | undefined;
  /** Milliseconds that one request may take before the server is held to hang. */
  readonly requestTimeoutMs: number;
}

/** A file that changed on disk. */
export interface DiskChange {
  readonly path: string;
  readonly kind: 'created' | 'changed' | 'deleted';
}

/** What a server says of some files. */
export interface Verdicts {
  readonly found: ReadonlyMap<string, readonly WireDiagnostic[]>;
  /** Files of which it had said nothing, or not the last word, when the time was up. */
  readonly unfinished: readonly string[];
}

const changeKinds = { created: 1, changed: 2, deleted: 3 } as const;
const shutdownMs = 2_000;
const exitMs = 250;
const pullsAtOnce = 8;
const pullAttempts = 4;
/** ServerCancelled, ContentModified: ask again. */
const askAgain: ReadonlySet<number> = new Set([-32_802, -32_801]);

/** One life of one language server: started, spoken to, ended. */
export class LanguageServer {
  readonly documents: Documents;
  readonly #start: ServerStart;
  readonly #published: Published = publishedBy((path) => this.documents.get(path) !== undefined);
  #link: ServerLink | undefined;
  #capabilities: Capabilities = readCapabilities({});
  /** Methods registered while it runs, by the server's id. */
  readonly #registered = new Map<string, string>();
  /** Counts up when anything changes that an opinion may hang on. */
  #epoch = 0;
  readonly #opinions = new Map<string, { readonly epoch: number; readonly diagnostics: readonly WireDiagnostic[] }>();
  /** The count of publications when a text was sent. */
  readonly #sentAt = new Map<string, number>();

  private constructor(start: ServerStart) {
    this.#start = start;
    const { spec } = start.found;
    this.documents = openDocuments({
      notify: (method, params) => this.#link?.notify(method, params),
      languageId: (path) => specFor([spec], path)?.languageId ?? 'plaintext',
      save: () => this.#capabilities.save,
    });
  }

  /**
   * Starts a server and greets it.
   *
   * @throws {CapstanError} `tool_failed`, `not_found`, `sandbox_unavailable`, `aborted`.
   */
  static async start(start: ServerStart): Promise<LanguageServer> {
    const server = new LanguageServer(start);
    await server.#open();
    return server;
  }

  get name(): string {
    return basename(this.#start.found.program);
  }

  get pid(): number {
    return this.#running().pid;
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  /** Settles with the reason when nothing of it is left. */
  get gone(): Promise<string> {
    return this.#running().gone;
  }

  /** It broke the protocol or hung, and is being ended. */
  get ending(): boolean {
    return this.#running().ending;
  }

  /** Gives the server a text of its own, or the text on disk. A file that is none is closed. */
  put(path: string, text: string | undefined): void {
    const before = this.documents.get(path);
    const disk = textOnDisk(path);
    const now = text ?? disk;
    if (now === undefined) return this.forget(path);
    const { serial } = this.#published;
    if (!this.documents.put(path, now, text === undefined)) return;
    this.#sentAt.set(path, serial);
    // Opening a file as it lies there changes what the server knows of nothing.
    if (before || now !== disk) this.#epoch += 1;
    else this.#opinions.delete(path);
  }

  /** Takes a text from the server; it goes by the disk again. */
  forget(path: string): void {
    if (this.documents.get(path)) this.#epoch += 1;
    this.documents.close(path);
  }

  /** Brings what the server has up to what lies on disk, but for files that are held back. */
  catchUp(changes: readonly DiskChange[], holding?: ReadonlySet<string>): void {
    for (const path of this.documents.paths()) if (!holding?.has(path)) this.put(path, undefined);
    if (changes.length === 0) return;
    this.#epoch += 1;
    if (![...this.#registered.values()].includes('workspace/didChangeWatchedFiles')) return;
    this.#link?.notify('workspace/didChangeWatchedFiles', {
      changes: changes.map(({ path, kind }) => ({ uri: uriOf(path), type: changeKinds[kind] })),
    });
  }

  /** @throws {CapstanError} `aborted`, `tool_failed`. @throws {ServerError} */
  request(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    return this.#running().request(method, params, { signal, timeoutMs: this.#start.requestTimeoutMs });
  }

  /** Says what is wrong with files that are open, as far as that is known when `until` aborts. */
  async diagnose(paths: readonly string[], until: AbortSignal): Promise<Verdicts> {
    const found = new Map<string, readonly WireDiagnostic[]>();
    for (const path of paths) {
      const opinion = this.#opinions.get(path);
      if (opinion?.epoch === this.#epoch) found.set(path, opinion.diagnostics);
    }
    const open = paths.filter((path) => !found.has(path) && this.documents.get(path));
    const unfinished = this.#capabilities.pull
      ? await this.#pullAll(open, { found, until })
      : await this.#awaitAll(open, { found, until });
    return { found, unfinished };
  }

  /** Asks the server to end, and ends it if it does not. */
  async shutDown(): Promise<void> {
    const link = this.#link;
    if (!link) return;
    const late = AbortSignal.timeout(shutdownMs);
    await link.request('shutdown', undefined, { signal: late, timeoutMs: 2 * shutdownMs }).catch(() => {});
    link.notify('exit', undefined);
    const timer = setTimeout(() => link.end('it did not end when it was asked to'), exitMs);
    await link.gone;
    clearTimeout(timer);
  }

  /** Ends it at once. */
  end(why: string): void {
    this.#link?.end(why);
  }

  #running(): ServerLink {
    if (this.#link) return this.#link;
    throw new CapstanError('tool_failed', `The language server ${this.name} is not running.`);
  }

  async #open(): Promise<void> {
    const { found, folder, around, settings, sandbox, requestTimeoutMs } = this.#start;
    const [, ...words] = found.argv;
    const command = { root: around.root, argv: [found.program, ...words] as const, cwd: folder, env: around.env };
    const link = await startLink(this.name, sandbox ? { ...command, sandbox } : command, {
      request: (method, params) => this.#answer(method, params),
      notification: (method, params) => this.#hear(method, params),
    });
    this.#link = link;
    const uri = uriOf(folder);
    const confined = sandbox !== undefined && sandbox.level !== 'none';
    const greeting = {
      // In a sandbox our number means another process or none, and a server that watches it would leave.
      processId: confined ? null : process.pid,
      clientInfo: { name: 'capstan' },
      rootUri: uri,
      rootPath: folder,
      workspaceFolders: [{ uri, name: basename(folder) || 'root' }],
      capabilities: clientCapabilities,
      initializationOptions: found.spec.initializationOptions,
    };
    try {
      const answer = await link.request('initialize', greeting, { timeoutMs: requestTimeoutMs });
      const registered = this.#capabilities;
      this.#capabilities = { ...readCapabilities(answer), ...(registered.pull ? { pull: registered.pull } : {}) };
    } catch (error) {
      link.end('it did not take the greeting');
      await link.gone;
      throw error instanceof ServerError
        ? new CapstanError('tool_failed', `The language server ${this.name} refused to start: ${error.message}`)
        : error;
    }
    link.notify('initialized', {});
    link.notify('workspace/didChangeConfiguration', { settings: nested(settings) });
  }

  #answer(method: string, params: unknown): unknown {
    const { folder, settings } = this.#start;
    if (method === 'client/registerCapability' || method === 'client/unregisterCapability') {
      this.#register(params);
      return null;
    }
    if (method === 'workspace/diagnostic/refresh') this.#epoch += 1;
    return answerServer(method, params, { folder, settings });
  }

  #register(params: unknown): void {
    const { registrations, unregisterations } = recordOf(params);
    for (const one of Array.isArray(registrations) ? registrations.slice(0, 1_000) : []) {
      const { id, method, registerOptions } = recordOf(one);
      this.#registered.set(String(id), String(method));
      this.#capabilities = withRegistration(this.#capabilities, String(method), registerOptions);
    }
    for (const one of Array.isArray(unregisterations) ? unregisterations : []) {
      this.#registered.delete(String(recordOf(one)['id']));
    }
    this.#published.wake();
  }

  #hear(method: string, params: unknown): void {
    if (method === 'textDocument/publishDiagnostics') this.#published.take(params);
    if (method === '$/progress') this.#published.progress(params);
  }

  async #pullAll(paths: readonly string[], { found, until }: Gathering): Promise<string[]> {
    const unfinished: string[] = [];
    const queue = [...paths];
    const pull = async (): Promise<void> => {
      for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
        const epoch = this.#epoch;
        const diagnostics = await this.#pull(path, until);
        if (!diagnostics) {
          unfinished.push(path);
          continue;
        }
        found.set(path, diagnostics);
        this.#opinions.set(path, { epoch, diagnostics });
      }
    };
    await Promise.all(Array.from({ length: Math.min(pullsAtOnce, queue.length) }, pull));
    return unfinished;
  }

  async #pull(path: string, until: AbortSignal): Promise<readonly WireDiagnostic[] | undefined> {
    const { pull = {} } = this.#capabilities;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const params = { textDocument: { uri: uriOf(path) }, ...pull };
        return readDiagnostics(recordOf(await this.request('textDocument/diagnostic', params, until))['items']);
      } catch (error) {
        if (until.aborted) return undefined;
        const again = error instanceof ServerError && askAgain.has(error.code) && attempt < pullAttempts;
        if (!again) throw error;
      }
    }
  }

  async #awaitAll(paths: readonly string[], { found, until }: Gathering): Promise<readonly string[]> {
    if (paths.length === 0) return [];
    const epoch = this.#epoch;
    const texts = paths.map((path) => ({
      path,
      after: this.#sentAt.get(path) ?? 0,
      version: this.documents.get(path)?.version ?? 0,
    }));
    const over = AbortSignal.any([until, this.#goneSignal()]);
    const { silent, atRest } = await this.#published.settled(texts, {
      signal: over,
      until: () => this.#capabilities.pull !== undefined,
    });
    if (this.#capabilities.pull) return this.#pullAll(paths, { found, until });
    if (over.aborted && !until.aborted) throw this.#left();
    for (const path of paths) {
      if (silent.includes(path)) continue;
      const diagnostics = this.#published.of(path);
      found.set(path, diagnostics);
      if (atRest) this.#opinions.set(path, { epoch, diagnostics });
    }
    return atRest ? silent : paths;
  }

  #goneSignal(): AbortSignal {
    const controller = new AbortController();
    void this.gone.then(() => controller.abort());
    return controller.signal;
  }

  #left(): CapstanError {
    return new CapstanError('tool_failed', `The language server ${this.name} has gone while it was at work.`);
  }
}

interface Gathering {
  readonly found: Map<string, readonly WireDiagnostic[]>;
  readonly until: AbortSignal;
}
