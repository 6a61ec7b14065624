import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { keyStore } from '@capstan/providers/keys';
import { type Environment, environmentSettings } from '../config/environment-settings.ts';
import { foldersOf } from '../config/folders.ts';
import type { Settings } from '../config/schema.ts';
import { readSettings, watchSettings } from '../config/watch-settings.ts';
import { openParts } from '../gate/open-parts.ts';
import type { Observer } from '../http/observer.ts';
import { type HttpServer, startHttp } from '../http/server.ts';
import { modelRoutes } from '../relay/endpoints.ts';
import { healthRoutes } from '../relay/health-routes.ts';
import { createTicker } from '../relay/ticker.ts';
import { createLog } from '../operate/log.ts';
import { createMetrics } from '../operate/metrics.ts';
import { openUpstreams, type Upstreams } from '../upstream/upstreams.ts';
import { defaultUpstreams } from './default-upstreams.ts';
import { announcement } from './announce.ts';
import { openRuns } from './open-runs.ts';
import { openReports } from './open-reports.ts';
import { openApiRoute } from './openapi.ts';
import { operationRoutes } from './operations.ts';
import { secretsOf } from './secrets-of.ts';
import { version } from './version.ts';

export interface ServerOptions {
  /** JSON or YAML. Absent: the environment says which upstreams there are. */
  readonly configFile?: string;
  /** Wins over the configuration. */
  readonly host?: string;
  /** Wins over the configuration; 0 takes any free port. */
  readonly port?: number;
  /** Default `process.env`. */
  readonly env?: Environment;
  /** Hear requests, calls and what an operator should know. */
  readonly observers?: readonly Observer[];
  /** Path of the embedded database, or `:memory:`. Default: `relay.db` in the relay's folder. */
  readonly databasePath?: string;
  /** Writes a line of JSON for each request and call to stdout. Default: no. */
  readonly log?: boolean;
  /** Tells the user's command line on this machine where the relay is. Default: no. */
  readonly announce?: boolean;
}

/** A relay that runs. */
export interface RunningServer {
  /** For example `http://127.0.0.1:8787`. */
  readonly url: string;
  /** What an operator should know at the start; absent when the configuration says where calls go. */
  readonly notice?: string;
  /** Looks at the configuration file now. */
  reload(): Promise<void>;
  /** Lets calls under way finish, as long as the configuration says, then ends. Further calls wait for the first. */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/**
 * Starts a relay.
 *
 * @throws {CapstanError} `invalid_config` or `auth_missing`, naming file, line and field.
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { env = process.env, configFile } = options;
  const settings = configFile === undefined ? environmentSettings(env) : await readSettings(configFile);
  const folders = foldersOf(env, { home: homedir(), platform: process.platform });
  const state: { server?: HttpServer; upstreams?: Upstreams; waiting?: () => number } = {};
  const metrics = createMetrics({
    active: () => state.server?.active() ?? 0,
    settlementsWaiting: () => state.waiting?.() ?? 0,
  });
  const named = secretsOf(settings, env);
  const secrets = (): readonly string[] => [
    ...named,
    ...(state.upstreams?.list().flatMap((upstream) => upstream.secrets) ?? []),
  ];
  const log = options.log ? createLog({ level: settings.log.level, secrets }) : undefined;
  const observers: Observer[] = [...(options.observers ?? []), metrics.observer, ...(log ? [log.observer] : [])];
  const notice = (message: string): void => {
    for (const observer of observers) observer.notice?.(message);
  };
  const hasRuns = Object.keys(settings.runs.workspaces).length > 0;
  const reports = await openReports({ env, notice, hasRuns, secrets });
  observers.push(...reports.observers);
  const routed = await withDefaults(settings, env);
  const stored = keyStore(join(folders.config, 'auth.json'));
  const sources = { env, stored: (name: string) => stored.get(name) };
  const upstreams = await openUpstreams(routed.settings, { sources, env, now: Date.now, notice });
  state.upstreams = upstreams;
  const parts = await openGateParts(settings, { env, folders, notice, options });
  state.waiting = parts.waitingSettlements;
  const ticker = createTicker(Math.min(1000, settings.server.heartBeatMs));
  const { gate } = parts;
  const relay = { upstreams, gate, observers, ticker, server: settings.server, now: Date.now, random: Math.random };
  const health = { upstreams, version: version(), draining: () => state.server?.draining() ?? false };
  const { fallback } = routed.settings;
  const { data: folder } = folders;
  const runs = await openRuns({
    settings,
    env,
    parts,
    upstreams,
    fallback,
    home: homedir(),
    folder,
    notice,
    began: reports.trace,
  });
  const here = announcement(folder);
  const routes = [
    ...modelRoutes(relay),
    ...healthRoutes({ ...health, notice: () => routed.notice }),
    ...operationRoutes({ settings, env, parts, upstreams, metrics }),
    ...(runs?.routes ?? []),
    here.route,
  ];
  const server = await startHttp({
    ...httpSettings(settings, options),
    observers,
    routes: [...routes, openApiRoute(routes, version())],
  });
  state.server = server;
  // Only a relay of this machine alone is the user's own.
  if (options.announce && isLoopback(options.host ?? settings.server.host)) here.publish(server.url);
  await runs?.resume();
  const watch = configFile === undefined ? undefined : watchUpstreams(configFile, upstreams, { env, notice });
  let closing: Promise<void> | undefined;
  const close = async (deadlineMs: number): Promise<void> => {
    watch?.stop();
    here.withdraw();
    runs?.leave();
    await server.drain({ deadlineMs, noticeMs: settings.server.drainNoticeMs });
    ticker.stop();
    await runs?.close();
    await upstreams.close();
    await parts.close();
    await reports.close();
    log?.flush();
  };
  return {
    url: server.url,
    ...(routed.notice === undefined ? {} : { notice: routed.notice }),
    reload: async () => watch?.look(),
    close: ({ deadlineMs = settings.server.drainMs } = {}) => (closing ??= close(deadlineMs)),
  };
}

interface Routed {
  readonly settings: Pick<Settings, 'upstreams' | 'routes' | 'fallback'>;
  readonly notice: string | undefined;
}

async function withDefaults(settings: Settings, env: Environment): Promise<Routed> {
  if (Object.keys(settings.upstreams).length > 0) return { settings, notice: undefined };
  return defaultUpstreams(env);
}

interface GateOptions {
  readonly env: Environment;
  readonly folders: { readonly data: string };
  readonly notice: (message: string) => void;
  readonly options: ServerOptions;
}

async function openGateParts(settings: Settings, { env, folders, notice, options }: GateOptions) {
  const databasePath = options.databasePath ?? join(folders.data, 'relay.db');
  if (databasePath !== ':memory:') await mkdir(join(databasePath, '..'), { recursive: true, mode: 0o700 });
  return openParts({ settings, env, databasePath, clock: Date.now, notice });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function httpSettings({ server }: Settings, options: ServerOptions) {
  const host = options.host ?? server.host;
  const hosts = server.hosts ?? (isLoopback(host) ? ['localhost', '127.0.0.1', '::1', host] : undefined);
  return {
    host,
    port: options.port ?? server.port,
    origins: server.origins,
    trustedProxies: server.trustedProxies,
    maxBodyBytes: server.bodyBytes,
    maxJsonDepth: server.jsonDepth,
    headersMs: server.headersMs,
    requestMs: server.requestMs,
    keepAliveMs: server.keepAliveMs,
    ...(hosts ? { hosts } : {}),
  };
}

/** Upstreams and routes follow the file; what else changes there counts from the next start, and that is said. */
function watchUpstreams(
  file: string,
  upstreams: Upstreams,
  { env, notice }: { readonly env: Environment; readonly notice: (message: string) => void },
) {
  return watchSettings({
    file,
    refused: (message) => notice(`the changed configuration was not taken, the last good one holds:\n${message}`),
    changed: async (settings) => {
      const routed = await withDefaults(settings, env);
      await upstreams.apply(routed.settings);
      notice(`${file} was read again: ${upstreams.list().length} upstreams`);
    },
  });
}
