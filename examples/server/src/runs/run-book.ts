import type { Agent } from '@capstan/sdk';
import { createAgent } from '@capstan/sdk';
import {
  CapstanError,
  isCapstanError,
  newId,
  type Budget,
  type DurableEvent,
  type Model,
  type Run,
  type RunEvent,
  type RunStore,
} from '@capstan/sdk/contract';
import type { Database } from '../database/database.ts';
import type { Caller, Gate } from '../gate/gate.ts';
import type { OperateSettings } from '../operate/operate-settings.ts';
import { gatedModel } from './gated-model.ts';
import { pendingApprovals } from './pending-approvals.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

/** What is kept of a run beside its events. */
export interface RunRow {
  readonly id: string;
  readonly sessionId: string;
  readonly deviceId: string;
  readonly organisation: string;
  readonly workspace: string;
  readonly task: string;
  /** Unix milliseconds. */
  readonly madeAt: number;
}

export interface NewRun {
  readonly task: string;
  readonly workspace: string;
  /** Goes on with a conversation of the caller's. */
  readonly sessionId?: string | undefined;
  /** Tightens the limits of the workspace. */
  readonly budget?: Limits | undefined;
}

export interface RunBookOptions {
  readonly database: Database;
  readonly store: RunStore;
  readonly workspaces: Workspaces;
  readonly gate: Gate;
  /** Gives the model of runs. @throws {CapstanError} When there is none. */
  readonly openModel: () => Model;
  readonly settings: Pick<OperateSettings['runs'], 'perDevice' | 'atOnce'>;
  readonly clock: () => number;
  readonly notice: (message: string) => void;
  /** Hears each run that starts or goes on here. */
  readonly began?: (run: Run) => void;
  /** Milliseconds between looks at runs that were under way elsewhere when this relay started. Default 20,000. */
  readonly takeOverMs?: number;
}

type Limits = { readonly [limit in keyof Budget]?: number | undefined };

/** The runs of the relay: those under way here, and what is known of the others. */
export interface RunBook {
  start(caller: Caller, order: NewRun): Promise<RunRow>;
  /** Finds a run that a caller may see. @throws {CapstanError} `not_found`. */
  find(caller: Caller, id: string): Promise<RunRow>;
  list(caller: Caller): Promise<readonly RunRow[]>;
  /** The run, if it is under way here; one that was cut off goes on. @throws {CapstanError} `conflict` if it runs elsewhere. */
  live(row: RunRow): Promise<Run | undefined>;
  /** All events of a run that were kept. */
  events(row: RunRow): Promise<readonly DurableEvent[]>;
  /** What a reader sees: everything from the start, also of the life before a restart, and what comes until the run ends. */
  follow(row: RunRow): Promise<AsyncIterable<RunEvent>>;
  /** Goes on with what a restart cut off. */
  resumeAll(): Promise<void>;
  /** Halts what is under way; the next start goes on with it. */
  close(): Promise<void>;
}

/** The word by which a run that the relay halted itself is known from one that somebody stopped. */
const halted = 'the relay restarts';

const rowColumns = `id, session_id AS "sessionId", device_id AS "deviceId", organisation, workspace, task, made_at AS "madeAt"`;

/** Opens the book. */
export function openRunBook(options: RunBookOptions): RunBook {
  const { database, store, workspaces, gate, clock, settings, notice } = options;
  const live = new Map<string, { readonly run: Run; readonly deviceId: string }>();
  const resuming = new Map<string, Promise<Run | undefined>>();
  let closing = false;
  let later: NodeJS.Timeout | undefined;

  function agentFor(workspace: Workspace, caller: Caller): Agent {
    const model = gatedModel(options.openModel(), { gate, caller, clock });
    const { tools, policy, settings: own } = workspace;
    const budget = tightest(own.budget, {});
    return createAgent({ model, tools, policy, store, budget }) as Agent;
  }

  function follow(run: Run, { id, deviceId }: Pick<RunRow, 'id' | 'deviceId'>): Run {
    live.set(id, { run, deviceId });
    options.began?.(run);
    void run.result.then(() => live.delete(id));
    return run;
  }

  async function resume(row: RunRow): Promise<Run | undefined> {
    const workspace = workspaces.get(row.workspace);
    if (!workspace || closing) return undefined;
    const caller = {
      deviceId: row.deviceId,
      ip: '',
      ...(row.organisation ? { organisationId: row.organisation } : {}),
    };
    const run = agentFor(workspace, caller).resume(row.id, { approvals: 'wait' });
    await begun(run);
    return follow(run, row);
  }

  const book: RunBook = {
    async start(caller, { task, workspace: name, sessionId, budget }) {
      const workspace = workspaces.of(name, caller);
      checkRoom(caller);
      if (sessionId !== undefined) await checkSession(caller, sessionId, name);
      const session = sessionId ?? newId();
      const run = agentFor(workspace, caller).run(task, {
        sessionId: session,
        approvals: 'wait',
        people: { owner: caller.deviceId },
        ...(budget ? { budget: tightest(workspace.settings.budget, budget) } : {}),
      });
      const row = {
        id: run.id,
        sessionId: session,
        deviceId: caller.deviceId,
        organisation: caller.organisationId ?? '',
        workspace: name,
        task,
        madeAt: clock(),
      };
      follow(run, row);
      await keep(row).catch(async (error: unknown) => {
        await run.stop('it could not be kept');
        throw error;
      });
      return row;
    },

    async find(caller, id) {
      const [row] = await database.query<RunRow>(`SELECT ${rowColumns} FROM relay_runs WHERE id = $1`, [id]);
      if (row && workspaces.names(caller).includes(row.workspace)) return row;
      throw new CapstanError('not_found', 'There is no such run for this device.', { where: 'run' });
    },

    async list(caller) {
      const names = new Set(workspaces.names(caller));
      const rows = await database.query<RunRow>(`SELECT ${rowColumns} FROM relay_runs ORDER BY id DESC LIMIT 1000`);
      return rows.filter(({ workspace }) => names.has(workspace)).slice(0, 100);
    },

    async live(row) {
      const found = live.get(row.id)?.run;
      if (found) return found;
      const under = resuming.get(row.id);
      if (under) return under;
      const going = (async () => (isOver(await book.events(row)) ? undefined : resume(row)))();
      resuming.set(row.id, going);
      return going.finally(() => resuming.delete(row.id));
    },

    async events(row) {
      return (await store.read(row.sessionId)).filter(({ runId }) => runId === row.id);
    },

    async follow(row) {
      const run = await book.live(row);
      if (!run) return told(await book.events(row));
      return joined(run, () => book.events(row));
    },

    async resumeAll() {
      const since = clock() - 7 * 86_400_000;
      const text = `SELECT ${rowColumns} FROM relay_runs WHERE made_at > $1 ORDER BY id`;
      takeOver(await resumeEach(await database.query<RunRow>(text, [since]), notice));
    },

    async close() {
      closing = true;
      clearTimeout(later);
      await Promise.allSettled(resuming.values());
      await Promise.all([...live.values()].map(({ run }) => halt(run)));
    },
  };

  /** Goes on with runs. @returns Those that another relay works on, or that one which died still seems to hold. */
  async function resumeEach(rows: readonly RunRow[], say: (message: string) => void): Promise<readonly RunRow[]> {
    const held: RunRow[] = [];
    for (const row of rows) {
      await book.live(row).catch((error: unknown) => {
        const isHeld = isCapstanError(error) && error.code === 'conflict';
        if (isHeld) held.push(row);
        (isHeld ? say : notice)(`run ${row.id} does not go on: ${error instanceof Error ? error.message : 'unknown'}`);
      });
    }
    return held;
  }

  /** Looks again and again at runs of other relays, until each has ended or its relay has. */
  function takeOver(held: readonly RunRow[]): void {
    if (held.length === 0 || closing) return;
    later = setTimeout(() => {
      void resumeEach(held, () => {}).then(takeOver);
    }, options.takeOverMs ?? 20_000).unref();
  }

  /**
   * A run that waits for people is left as it stands: stopping would take its question back. What else is under way is
   * stopped, so that the next life knows how far it came.
   */
  async function halt(run: Run): Promise<void> {
    const events = (await store.read(run.sessionId)).filter(({ runId }) => runId === run.id);
    if (pendingApprovals(events).length === 0) return void (await run.stop(halted));
    const lease = await store.leases?.find(run.sessionId);
    if (lease) await store.leases?.release(lease);
  }

  function checkRoom({ deviceId }: Caller): void {
    const own = [...live.values()].filter((each) => each.deviceId === deviceId).length;
    if (!closing && own < settings.perDevice && live.size < settings.atOnce) return;
    const text = `There are ${own < settings.perDevice ? live.size : own} runs under way, and no more may be. Try again when one has ended.`;
    throw new CapstanError('rate_limited', text, { retryable: true });
  }

  async function checkSession({ deviceId }: Caller, sessionId: string, workspace: string): Promise<void> {
    const text = 'SELECT id FROM relay_runs WHERE session_id = $1 AND device_id = $2 AND workspace = $3 LIMIT 1';
    const rows = await database.query(text, [sessionId, deviceId, workspace]);
    if (rows.length > 0) return;
    throw new CapstanError('not_found', 'There is no such session of this device.', { where: 'session_id' });
  }

  async function keep(row: RunRow): Promise<void> {
    await database.query(
      `INSERT INTO relay_runs (id, session_id, device_id, organisation, workspace, task, settings, made_at)
       VALUES ($1, $2, $3, $4, $5, $6, '{}', $7)`,
      [row.id, row.sessionId, row.deviceId, row.organisation, row.workspace, row.task.slice(0, 500), row.madeAt],
    );
  }

  return book;
}

/**
 * Waits until a run has its session, which a relay that died may still seem to hold.
 *
 * @throws {CapstanError} `conflict` when another relay works on it.
 */
async function begun(run: Run): Promise<void> {
  const reader = run[Symbol.asyncIterator]();
  const first: IteratorResult<RunEvent, unknown> = await reader.next();
  await reader.return?.();
  // A run that cannot have its session says so as its first and last word, which is kept nowhere.
  if (first.done !== true && first.value.type !== 'run.ended') return;
  const { error } = await run.result;
  const text = `The run ${run.id} does not go on here: ${error?.message ?? 'it is under way at another relay'}`;
  throw new CapstanError(error?.code ?? 'conflict', text, { where: 'run' });
}

/** Tells whether a run has ended for good. */
export function isOver(events: readonly DurableEvent[]): boolean {
  const last = events.findLast(({ type }) => type === 'run.ended' || type === 'run.started');
  return last?.type === 'run.ended' && !isHalt(last);
}

function isHalt(event: RunEvent): boolean {
  return event.type === 'run.ended' && event.reason === 'stopped' && event.stopped === halted;
}

async function* told(events: readonly DurableEvent[]): AsyncGenerator<RunEvent> {
  for (const event of events) if (!isHalt(event)) yield event;
}

/** Events that were kept before this life of the run, then those of the run itself. */
async function* joined(run: Run, kept: () => Promise<readonly DurableEvent[]>): AsyncGenerator<RunEvent> {
  let before: readonly DurableEvent[] | undefined;
  for await (const event of run) {
    if (!before) {
      const first = event.seq;
      before = event.type === 'run.started' && event.resumed ? (await kept()).filter(({ seq }) => seq < first) : [];
      yield* told(before);
    }
    if (!isHalt(event)) yield event;
  }
}

/** The lower of two limits, each. */
function tightest(one: Limits, other: Limits): Budget {
  const limits = ['costUsd', 'tokens', 'seconds', 'turns', 'toolCalls'] as const;
  const entries = limits.flatMap((limit) => {
    const values = [one[limit], other[limit]].filter((value) => value !== undefined);
    return values.length === 0 ? [] : [[limit, Math.min(...values)] as const];
  });
  return Object.fromEntries(entries);
}
