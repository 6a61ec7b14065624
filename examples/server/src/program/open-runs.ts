import { join } from 'node:path';
import { CapstanError, type RunStore } from '@capstan/sdk/contract';
import type { Settings } from '../config/schema.ts';
import { databaseAddress, type Environment } from '../gate/secret-of.ts';
import type { RelayParts } from '../gate/open-parts.ts';
import type { Route } from '../http/route.ts';
import { routedModel } from '../runs/routed-model.ts';
import { openRunBook, type RunBookOptions } from '../runs/run-book.ts';
import { runRoutes } from '../runs/run-routes.ts';
import { openWorkspaces } from '../runs/workspaces.ts';
import type { Upstreams } from '../upstream/upstreams.ts';

export interface OpenRunsOptions {
  readonly settings: Settings;
  readonly env: Environment;
  readonly parts: RelayParts;
  readonly upstreams: Upstreams;
  /** Where names lead that no route knows; runs use it where their settings name no model. */
  readonly fallback: string | undefined;
  readonly home: string;
  /** Folder of the embedded store. */
  readonly folder: string;
  readonly notice: (message: string) => void;
  readonly began?: RunBookOptions['began'] | undefined;
}

/** The runs of a relay. */
export interface OpenedRuns {
  readonly routes: readonly Route[];
  /** Goes on with what a restart cut off. */
  resume(): Promise<void>;
  /** Lets readers go, at the beginning of a shut-down. */
  leave(): void;
  close(): Promise<void>;
}

/** Opens workspaces and runs; without a workspace there is nothing to open. */
export async function openRuns(options: OpenRunsOptions): Promise<OpenedRuns | undefined> {
  const { settings, parts, upstreams, fallback, home, notice, began } = options;
  if (Object.keys(settings.runs.workspaces).length === 0) return undefined;
  const workspaces = await openWorkspaces(settings.runs.workspaces, { home });
  const store = await openStore(options);
  const book = openRunBook({
    database: parts.database,
    gate: parts.gate,
    store,
    workspaces,
    openModel: () => {
      const name = settings.runs.model ?? fallback ?? noModel();
      return routedModel({ upstreams, name, now: Date.now, random: Math.random });
    },
    settings: settings.runs,
    clock: Date.now,
    notice,
    ...(began ? { began } : {}),
  });
  const leaving = new AbortController();
  return {
    routes: runRoutes({
      gate: parts.gate,
      book,
      workspaces,
      leaving: leaving.signal,
      heartBeatMs: settings.server.heartBeatMs,
    }),
    resume: () => book.resumeAll(),
    leave: () => leaving.abort(),
    async close() {
      await book.close();
      await store.close();
      workspaces.close();
    },
  };
}

async function openStore({ settings, env, folder }: OpenRunsOptions): Promise<RunStore> {
  const url = databaseAddress(settings, env) ?? '';
  if (!/^postgres(ql)?:/.test(url)) return (await import('@capstan/sdk/sqlite')).sqliteStore(join(folder, 'runs.db'));
  return (await import('@capstan/sdk/postgres')).postgresStore({ connection: url });
}

function noModel(): never {
  const text = 'The relay has no model for runs. Set runs.model or fallback in its configuration.';
  throw new CapstanError('invalid_config', text, { status: 503, where: 'runs.model' });
}
