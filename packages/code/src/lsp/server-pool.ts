import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { SandboxOptions } from '@capstan/tools';
import { diskChanges } from './disk-changes.ts';
import { findServer, foldersUpTo, isInside, serverFolder, type FoundServer, type Surroundings } from './find-server.ts';
import { LanguageServer, type DiskChange } from './language-server.ts';
import { specFor, type ServerSpec } from './server-spec.ts';
import { oneAtATime, type Turns } from './turns.ts';

export interface PoolOptions {
  readonly specs: readonly ServerSpec[];
  readonly around: Surroundings;
  readonly sandbox: SandboxOptions | undefined;
  readonly requestTimeoutMs: number;
  readonly idleMs: number;
  readonly backOffMs: number;
}

/** The place of one server: for a language, in a folder. Servers come and go in it. */
export interface Berth {
  readonly spec: ServerSpec;
  /** Absolute folder that the server is started for. */
  readonly folder: string;
  readonly found: FoundServer;
  /** A server has been started here before, so to start one again is nothing new. */
  started: boolean;
  /** The one that runs, once it has taken the greeting. */
  running: LanguageServer | undefined;
  starting: Promise<LanguageServer> | undefined;
  readonly crashes: { readonly at: number; readonly why: string }[];
  readonly inTurn: Turns;
  /** Calls that use it or wait to. */
  users: number;
  usedAt: number;
  idle: NodeJS.Timeout | undefined;
  /** Changes on disk that its server has not been told of. */
  readonly missed: DiskChange[];
  /** State of the installed packages when the server started. */
  packages: string;
}

/** The language servers of one work tree. */
export interface ServerPool {
  readonly berths: readonly Berth[];
  /** The place of the server for a file. @throws {CapstanError} `not_found` when no language server is known or there. */
  berthFor(path: string): Berth;
  /** Runs an action with the server, which knows the files as they are; one action at a time. */
  use<T>(berth: Berth, options: UseOptions, action: (server: LanguageServer) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface UseOptions {
  readonly signal: AbortSignal;
  /** Absolute paths of files whose text the action gives the server itself. */
  readonly holding?: ReadonlySet<string>;
}

const maxRunning = 6;
const maxCrashes = 5;
const forgetCrashesMs = 300_000;

export function serverPool(options: PoolOptions): ServerPool {
  const { specs, around, idleMs } = options;
  const berths = new Map<string, Berth>();
  const disk = diskChanges(around.root, (name) => specFor(specs, name) !== undefined);
  let closed = false;

  const pool: ServerPool = {
    get berths() {
      return [...berths.values()];
    },
    berthFor(path) {
      const spec = specFor(specs, path)?.spec;
      if (!spec) throw unknownLanguage(path, specs);
      const folder = serverFolder(spec, path, around.root);
      const key = `${spec.name}\0${folder}`;
      const berth = berths.get(key) ?? newBerth(spec, folder, foundFor(spec, path, around));
      berths.set(key, berth);
      return berth;
    },
    async use(berth, { signal, holding }, action) {
      if (closed) throw new CapstanError('aborted', 'The language servers have been closed.');
      // Servers do not keep this process alive; who waits for one does.
      const hold = setInterval(() => {}, 1 << 30);
      berth.users += 1;
      clearTimeout(berth.idle);
      try {
        const turn = berth.inTurn(async () => {
          const server = await unlessAborted(serverAt(berth), signal);
          await look(signal);
          server.catchUp(berth.missed.splice(0), holding);
          return action(server);
        });
        return await unlessAborted(turn, signal);
      } finally {
        clearInterval(hold);
        berth.users -= 1;
        berth.usedAt = performance.now();
        if (berth.users === 0) rest(berth);
      }
    },
    async close() {
      closed = true;
      const hold = setInterval(() => {}, 1 << 30);
      await Promise.all([...berths.values()].map(leave));
      clearInterval(hold);
    },
  };
  return pool;

  /** One look at the disk for all servers: none may miss what another's call found. */
  async function look(signal: AbortSignal): Promise<void> {
    const changes = await disk.look(signal);
    for (const { running, missed } of berths.values()) if (running) missed.push(...changes);
  }

  function rest(berth: Berth): void {
    if (closed) return;
    berth.idle = setTimeout(() => void leave(berth), idleMs).unref();
  }

  async function serverAt(berth: Berth): Promise<LanguageServer> {
    // The next one starts when nothing of it is left.
    if (berth.running?.ending) await berth.running.gone;
    if (berth.running && berth.packages !== packagesOf(berth, around)) await leave(berth);
    if (berth.running) return berth.running;
    berth.starting ??= startIn(berth).finally(() => (berth.starting = undefined));
    berth.starting.catch(() => {});
    return berth.starting;
  }

  async function startIn(berth: Berth): Promise<LanguageServer> {
    await backOff(berth, options.backOffMs);
    await makeRoom();
    await disk.look();
    berth.started = true;
    berth.packages = packagesOf(berth, around);
    berth.missed.length = 0;
    try {
      const server = await LanguageServer.start({
        found: berth.found,
        folder: berth.folder,
        around,
        settings: settingsOf(berth, around),
        sandbox: options.sandbox,
        requestTimeoutMs: options.requestTimeoutMs,
      });
      berth.running = server;
      void server.gone.then((why) => {
        if (berth.running === server) crashed(berth, why);
      });
      if (closed) await leave(berth);
      return server;
    } catch (error) {
      crashed(berth, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async function makeRoom(): Promise<void> {
    const running = [...berths.values()].filter((berth) => berth.running);
    const [oldest] = running.filter(({ users }) => users === 0).toSorted((one, other) => one.usedAt - other.usedAt);
    if (running.length >= maxRunning && oldest) await leave(oldest);
  }
}

function newBerth(spec: ServerSpec, folder: string, found: FoundServer): Berth {
  return {
    spec,
    folder,
    found,
    started: false,
    running: undefined,
    starting: undefined,
    crashes: [],
    inTurn: oneAtATime(),
    users: 0,
    usedAt: 0,
    idle: undefined,
    missed: [],
    packages: '',
  };
}

function foundFor(spec: ServerSpec, path: string, around: Surroundings): FoundServer {
  const found = findServer(spec, dirname(path), around);
  if (found) return found;
  const programs = [...new Set(spec.commands.map(({ argv: [name] }) => name))].join(', ');
  throw new CapstanError(
    'not_found',
    `There is no language server for ${spec.name}: none of ${programs} is installed. Install one (${spec.install}), or go on without.`,
    { where: spec.name },
  );
}

function unknownLanguage(path: string, specs: readonly ServerSpec[]): CapstanError {
  const names = specs.map(({ name }) => name).join(', ') || 'none';
  return new CapstanError('not_found', `No language server is known for ${path}; there are servers for: ${names}.`, {
    where: path,
  });
}

/** Ends the server of a place, if one runs. */
async function leave(berth: Berth): Promise<void> {
  clearTimeout(berth.idle);
  const { starting } = berth;
  const server = berth.running ?? (await starting?.catch(() => undefined));
  berth.running = undefined;
  await server?.shutDown();
}

function crashed(berth: Berth, why: string): void {
  berth.running = undefined;
  berth.crashes.push({ at: performance.now(), why });
}

/** @throws {CapstanError} `tool_failed` for a server that crashes again and again. */
async function backOff({ crashes, found }: Berth, backOffMs: number): Promise<void> {
  const now = performance.now();
  const recent = crashes.filter(({ at }) => now - at < forgetCrashesMs);
  const last = recent.at(-1);
  if (!last) return;
  if (recent.length >= maxCrashes) {
    throw new CapstanError(
      'tool_failed',
      `The language server ${basename(found.program)} ended ${recent.length} times in five minutes, so it is not started again for now. The last time ${last.why}. Go on without it.`,
      { where: found.program },
    );
  }
  const waitMs = last.at + backOffMs * 2 ** (recent.length - 1) - now;
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {});
  const stopped = Promise.withResolvers<never>();
  const stop = (): void =>
    stopped.reject(new CapstanError('aborted', 'Nobody waits for the language server any more.'));
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return Promise.race([work, stopped.promise]).finally(() => signal.removeEventListener('abort', stop));
}

/** What tells one state of the installed packages from another. */
function packagesOf({ spec, folder, found }: Berth, { root }: Surroundings): string {
  const folders = new Set([
    ...foldersUpTo(folder, root),
    ...(isInside(found.program, root) ? [dirname(found.program)] : []),
  ]);
  return [...folders]
    .flatMap((above) => (spec.restartOn ?? []).map((name) => join(above, name)))
    .map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    .join(' ');
}

/** The settings of a server, and the Python of the project where there is one. */
function settingsOf({ spec, folder }: Berth, { root, env }: Surroundings): Readonly<Record<string, unknown>> {
  const settings = spec.settings ?? {};
  if (spec.languages['py'] === undefined || 'python.pythonPath' in settings) return settings;
  const active = env['VIRTUAL_ENV'];
  const places = foldersUpTo(folder, root).flatMap((above) =>
    ['.venv', 'venv', 'env'].map((name) => join(above, name)),
  );
  const found = [...places, ...(active !== undefined && isAbsolute(active) ? [active] : [])]
    .map((place) => join(place, 'bin', 'python'))
    .find((path) => existsSync(path));
  return found === undefined ? settings : { ...settings, 'python.pythonPath': found };
}
