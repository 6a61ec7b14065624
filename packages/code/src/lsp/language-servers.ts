import { realpathSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { CapstanError, type HookContext } from '@capstan/sdk/contract';
import type { FileChange, SandboxOptions, Worktree } from '@capstan/tools';
import { editProblems, type AfterEditOptions, type EditedFile, type EditVerdict } from './edit-problems.ts';
import { textOnDisk } from './documents.ts';
import { uriOf } from './file-uri.ts';
import { findServer, isInside } from './find-server.ts';
import type { LanguageServer } from './language-server.ts';
import { planEdits } from './plan-edits.ts';
import { TextLines, type Place } from './position.ts';
import { problemsIn, type Problem } from './problems.ts';
import { readWorkspaceEdit } from './read-edits.ts';
import { readPlaces } from './replies.ts';
import { ServerError } from './server-link.ts';
import { serverPool, type Berth, type ServerPool } from './server-pool.ts';
import { serverSpecs, specFor, type LanguageServerChoice, type ServerSpec } from './server-spec.ts';

export interface LanguageServersOptions {
  /** Which servers there are. Default: all that are known, for TypeScript and JavaScript, Python, Go. */
  readonly servers?: LanguageServerChoice;
  /** Environment to find programs with and to hand on, cleaned of keys. Default: this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Confines the servers; they never write, so whichever level is given they get `read-only`. Default: not confined. */
  readonly sandbox?: SandboxOptions;
  /** Milliseconds without use after which a server is ended. Default 600,000. */
  readonly idleMs?: number;
  /** Milliseconds that one request may take before the server is held to hang and is ended. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds before a server that crashed is started again; doubled with each crash. Default 250. */
  readonly backOffMs?: number;
}

/** A server that is known, and how it stands. */
export interface LanguageServerStatus {
  /** For example `typescript`. */
  readonly name: string;
  /** File extensions, without the dot. */
  readonly extensions: readonly string[];
  /** The command that starts it; absent when none is installed. */
  readonly command?: string;
  /** Whether it lies in the repository; absent when none is installed. */
  readonly from?: 'repository' | 'path';
  /** What to install when there is none. */
  readonly install: string;
  /** Folders it runs in, relative to the root (`.` for the root itself). */
  readonly running: readonly string[];
}

/** A range of a file. */
export interface CodePlace {
  /** Relative to the root with forward slashes; absolute for a file outside of it. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** The text of the line; absent for a file outside the root. */
  readonly text?: string;
}

/** What servers say is wrong. */
export interface DiagnosticsReport {
  readonly problems: readonly Problem[];
  /** Files that no server had its last word on when the time was up. */
  readonly unfinished: readonly string[];
  /** Names of the programs that were asked. */
  readonly servers: readonly string[];
}

/** The start of a process, as policy judges it. */
export type RunEffect = Extract<NonNullable<HookContext['effects']>[number], { readonly kind: 'run' }>;

/** A place that a question is about: a file and where in it, from 0. */
export interface Spot {
  /** Absolute. */
  readonly path: string;
  readonly place: Place;
}

/** The language servers of one work tree: found, started when first needed, kept in step with the files, ended. */
export interface LanguageServers {
  /** Absolute, links followed. */
  readonly root: string;
  /** Looks which servers are installed; starts none. */
  status(): readonly LanguageServerStatus[];
  /** Tells whether there is a server for a file, by its name and what is installed. */
  covers(path: string): boolean;
  /** Files that servers have open, absolute: those that were asked about or edited. */
  openFiles(): readonly string[];
  /**
   * The processes that a question about files would start: one for each server that was not started before.
   *
   * @throws {CapstanError} `not_found` for a file without a server, with what to install.
   */
  starts(paths: readonly string[]): readonly RunEffect[];
  /**
   * Gives what is wrong with files. Starts the servers.
   *
   * @param options `timeoutMs` is how long to wait for the last word; what is known by then is given. Default 20,000.
   * @throws {CapstanError} `not_found`, `tool_failed`, `aborted`.
   */
  diagnose(paths: readonly string[], options: AskOptions & { readonly timeoutMs?: number }): Promise<DiagnosticsReport>;
  /** Where what stands at a place is defined. Throws as `diagnose` does. */
  definition(spot: Spot, options: AskOptions): Promise<readonly CodePlace[]>;
  /** Where what stands at a place is used, its declaration included. Throws as `diagnose` does. */
  references(spot: Spot, options: AskOptions): Promise<readonly CodePlace[]>;
  /** The change that gives what stands at a place another name. Nothing is written. Throws as `diagnose` does. */
  rename(
    spot: Spot,
    newName: string,
    options: AskOptions & { readonly worktree: Worktree },
  ): Promise<readonly FileChange[]>;
  /** Gives the problems that edits brought, in the files themselves and in others that are named. Never throws for a server's failure. */
  afterEdit(files: readonly EditedFile[], options: AfterEditOptions): Promise<EditVerdict>;
  /** Ends all servers. */
  close(): Promise<void>;
}

export interface AskOptions {
  readonly signal: AbortSignal;
}

/**
 * Opens the language servers of a work tree. Nothing is started or installed by it.
 *
 * Servers are looked for in what the project installed (`node_modules/.bin`, virtual environments), then in `PATH`. Each
 * is started at the first question about its language, ended after a time without use, started again after a crash with
 * growing pauses, and never outlives this process.
 *
 * @param root The folder of the work tree, absolute.
 * @throws {CapstanError} `not_found` for a root that is not there; `invalid_config` for a server of the settings that
 *   cannot be.
 */
export function openLanguageServers(root: string, options: LanguageServersOptions = {}): LanguageServers {
  const { servers, env = process.env, sandbox, idleMs = 600_000, requestTimeoutMs = 30_000, backOffMs = 250 } = options;
  const specs = serverSpecs(servers);
  const around = { root: realRoot(root), env };
  const real = (path: string): string => realIn(path, root, around.root);
  const realSpot = (spot: Spot): Spot => ({ ...spot, path: real(spot.path) });
  const confined: SandboxOptions | undefined =
    sandbox && sandbox.level !== 'none' ? { ...sandbox, level: 'read-only' } : undefined;
  const pool = serverPool({ specs, around, sandbox: confined, requestTimeoutMs, idleMs, backOffMs });
  const asking: Asking = { pool, root: around.root };
  return {
    root: around.root,
    status: () => specs.map((spec) => statusOf(spec, asking, env)),
    covers: (named) => {
      const path = real(named);
      const spec = specFor(specs, path)?.spec;
      return spec !== undefined && isInside(path, around.root) && berthOrNone(pool, path) !== undefined;
    },
    openFiles: () => pool.berths.flatMap(({ running }) => running?.documents.paths() ?? []),
    starts: (paths) => startsOf(berthsOf(pool, paths.map(real))),
    diagnose: (paths, { signal, timeoutMs = 20_000 }) => diagnose(asking, paths.map(real), { signal, timeoutMs }),
    definition: (spot, { signal }) =>
      ask(asking, realSpot(spot), { signal, can: 'definition', method: 'textDocument/definition', more: {} }).then(
        (answer) => placesOf(asking, answer),
      ),
    references: (spot, { signal }) =>
      ask(asking, realSpot(spot), {
        signal,
        can: 'references',
        method: 'textDocument/references',
        more: { context: { includeDeclaration: true } },
      }).then((answer) => placesOf(asking, answer).toSorted(byPlace)),
    rename: (spot, newName, { signal, worktree }) => rename(asking, realSpot(spot), { newName, signal, worktree }),
    afterEdit: (files, { dependents, ...after }) =>
      editProblems(
        pool,
        files.map((file) => ({ ...file, path: real(file.path) })),
        { ...after, dependents: dependents.map(real), root: around.root },
      ),
    close: () => pool.close(),
  };
}

function realRoot(root: string): string {
  try {
    return realpathSync(root);
  } catch (cause) {
    throw new CapstanError('not_found', `There is no folder ${root}.`, { where: root }, { cause });
  }
}

/** A path below the root by the name that the root has without links. */
function realIn(path: string, root: string, real: string): string {
  const absolute = resolve(real, path);
  return isInside(absolute, resolve(root)) ? join(real, relative(resolve(root), absolute)) : absolute;
}

interface Asking {
  readonly pool: ServerPool;
  readonly root: string;
}

function statusOf(
  spec: ServerSpec,
  { pool, root }: Asking,
  env: Readonly<Record<string, string | undefined>>,
): LanguageServerStatus {
  const found = findServer(spec, root, { root, env }) ?? pool.berths.find((berth) => berth.spec === spec)?.found;
  const running = pool.berths.filter((berth) => berth.spec === spec && berth.running);
  return {
    name: spec.name,
    extensions: Object.keys(spec.languages),
    ...(found ? { command: found.argv.join(' '), from: found.from } : {}),
    install: spec.install,
    running: running.map(({ folder }) => shown(root, folder) || '.'),
  };
}

function berthOrNone(pool: ServerPool, path: string): Berth | undefined {
  try {
    return pool.berthFor(path);
  } catch (error) {
    if (error instanceof CapstanError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** Files by the place of their server. */
function berthsOf(pool: ServerPool, paths: readonly string[]): ReadonlyMap<Berth, readonly string[]> {
  const groups = new Map<Berth, string[]>();
  for (const path of new Set(paths)) {
    const berth = pool.berthFor(path);
    groups.set(berth, [...(groups.get(berth) ?? []), path]);
  }
  return groups;
}

function startsOf(berths: ReadonlyMap<Berth, unknown>): RunEffect[] {
  return [...berths.keys()]
    .filter(({ started }) => !started)
    .map(({ found: { argv }, folder }) => ({ kind: 'run', command: argv.join(' '), argv, cwd: folder }));
}

/** Texts that one server is given at a time. */
const batchSize = 50;

async function diagnose(
  { pool, root }: Asking,
  paths: readonly string[],
  { signal, timeoutMs }: AskOptions & { readonly timeoutMs: number },
): Promise<DiagnosticsReport> {
  const problems: Problem[] = [];
  const unfinished: string[] = [];
  const servers = new Set<string>();
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const groups = berthsOf(pool, paths);
  await Promise.all(
    [...groups].map(([berth, files]) =>
      pool.use(berth, { signal }, async (server) => {
        servers.add(server.name);
        for (let at = 0; at < files.length; at += batchSize) {
          const batch = files.slice(at, at + batchSize);
          for (const path of batch) server.put(path, undefined);
          const verdicts = await server.diagnose(batch, until);
          signal.throwIfAborted();
          unfinished.push(...verdicts.unfinished.map((path) => shown(root, path)));
          for (const path of batch) problems.push(...problemsOf(server, path, { root, verdicts }));
        }
      }),
    ),
  );
  return { problems, unfinished, servers: [...servers].toSorted() };
}

function problemsOf(
  server: LanguageServer,
  path: string,
  { root, verdicts }: { readonly root: string; readonly verdicts: Awaited<ReturnType<LanguageServer['diagnose']>> },
): readonly Problem[] {
  const document = server.documents.get(path);
  if (!document) return [];
  const { encoding } = server.capabilities;
  return problemsIn(shown(root, path), verdicts.found.get(path) ?? [], { lines: document.lines, encoding });
}

interface Question extends AskOptions {
  readonly can: 'definition' | 'references' | 'rename';
  readonly method: string;
  readonly more: object;
}

interface Answer {
  readonly value: unknown;
  readonly server: LanguageServer;
}

function ask(asking: Asking, spot: Spot, question: Question): Promise<Answer> {
  return askWith(asking, spot, question, async (answer) => answer);
}

/** Asks about a place and goes on with the answer while the server still stands at it. */
async function askWith<T>(
  { pool, root }: Asking,
  { path, place }: Spot,
  { signal, can, method, more }: Question,
  next: (answer: Answer) => Promise<T>,
): Promise<T> {
  const berth = pool.berthFor(path);
  return pool.use(berth, { signal }, async (server) => {
    server.put(path, undefined);
    const document = server.documents.get(path);
    if (!document) throw new CapstanError('not_found', `There is no source ${shown(root, path)}.`, { where: path });
    if (!server.capabilities[can]) {
      const instead =
        can === 'rename' ? 'Change the uses that find_references shows' : 'Use find_references or search_code';
      throw new CapstanError('tool_failed', `${server.name} knows no ${can}. ${instead}.`);
    }
    const position = document.lines.position(place, server.capabilities.encoding);
    const params = { textDocument: { uri: uriOf(path) }, position, ...more };
    try {
      return await next({ value: await server.request(method, params, signal), server });
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      throw new CapstanError('tool_failed', `${server.name} says: ${error.message}`, {}, { cause: error });
    }
  });
}

/** Servers name places in any order. */
function byPlace(one: CodePlace, other: CodePlace): number {
  if (one.path !== other.path) return one.path < other.path ? -1 : 1;
  return one.line - other.line || one.column - other.column;
}

function placesOf({ root }: Asking, { value, server }: Answer): readonly CodePlace[] {
  const { encoding } = server.capabilities;
  const texts = new Map<string, TextLines>();
  const linesOf = (path: string): TextLines => {
    const lines = texts.get(path) ?? server.documents.get(path)?.lines ?? new TextLines(textOnDisk(path) ?? '');
    texts.set(path, lines);
    return lines;
  };
  const places = readPlaces(value).map(({ path, range }): CodePlace => {
    const lines = linesOf(path);
    const { line, column } = lines.place(range.start, encoding);
    const inside = isInside(path, root);
    const text = inside ? { text: lines.line(line).trim() } : {};
    return { path: shown(root, path), line: line + 1, column: column + 1, ...text };
  });
  const keys = new Set<string>();
  return places.filter(({ path, line, column }) => {
    const key = `${path}:${line}:${column}`;
    return !keys.has(key) && keys.add(key);
  });
}

function rename(
  asking: Asking,
  spot: Spot,
  { newName, signal, worktree }: AskOptions & { readonly newName: string; readonly worktree: Worktree },
): Promise<readonly FileChange[]> {
  const question = { signal, can: 'rename', method: 'textDocument/rename', more: { newName } } as const;
  return askWith(asking, spot, question, async ({ value, server }) =>
    planEdits(readWorkspaceEdit(value), {
      worktree,
      encoding: server.capabilities.encoding,
      open: (path) => {
        const document = server.documents.get(path);
        return document && { version: document.version, text: document.lines.text };
      },
    }),
  );
}

/** A path as it is shown: relative to the root where it lies below it. */
function shown(root: string, path: string): string {
  return isAbsolute(path) && isInside(path, root) ? relative(root, path).split(sep).join('/') : path;
}
