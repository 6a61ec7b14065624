import { afterEach, expect } from 'vitest';
import type { DurableEvent } from '../../contract/event.ts';
import type { Json } from '../../contract/json.ts';
import type { Run } from '../../contract/run.ts';
import type { Schema, SchemaOutput } from '../../contract/schema.ts';
import type { RunStore } from '../../contract/store.ts';
import { replay } from '../../replay/replay.ts';
import { createAgent as createUncheckedAgent } from '../create-agent.ts';
import type { Agent, AgentOptions } from '../create-agent.ts';

interface Made {
  readonly run: Run<unknown>;
  readonly options: AgentOptions<Schema | undefined>;
  readonly logOf: (sessionId: string) => Promise<readonly DurableEvent[]>;
}

let made: Made[] = [];
let excused: string | undefined;

/**
 * `createAgent`, but every run that ends is replayed from its log when its test is over, and must give the same events.
 * So each test of the loop is a test of replay, too.
 */
export function createAgent<const O extends Schema | undefined = undefined>(
  options: AgentOptions<O>,
): Agent<O extends Schema ? SchemaOutput<O> : Json> {
  const kept = options.store && remembering(options.store);
  const agent = createUncheckedAgent(kept ? { ...options, store: kept.store } : options);
  const { run, resume, session } = agent;
  const logOf = async (sessionId: string) => (kept ? (kept.logs.get(sessionId) ?? []) : session(sessionId).events());
  const noted = <R extends Run<unknown>>(run: R): R => {
    made.push({ run, options, logOf });
    return run;
  };
  // The agent itself is changed, since pipelines know it by its identity.
  return Object.assign(agent, {
    run: (...order: Parameters<typeof run>) => noted(run(...order)),
    resume: (...order: Parameters<typeof resume>) => noted(resume(...order)),
    session(id: string) {
      const opened = session(id);
      return { ...opened, run: (...order: Parameters<typeof opened.run>) => noted(opened.run(...order)) };
    },
  });
}

/** Says why the runs of this test cannot be replayed: they depend on what the log does not hold. */
export function notReplayed(why: string): void {
  excused = why;
}

afterEach(async () => {
  const runs = new Map(made.map((each) => [each.run.id, each]));
  const skip = excused !== undefined;
  made = [];
  excused = undefined;
  for (const [runId, { run, options, logOf }] of runs) {
    const log = await logOf(run.sessionId);
    const last = log.findLast((event) => event.runId === runId);
    if (skip || last?.type !== 'run.ended') continue;
    const verdict = await replay(log, runId, options);
    expect(verdict, `the replay of run ${runId}: ${JSON.stringify(verdict)}`).toMatchObject({ same: true });
  }
});

/** A store that tells what was kept, also when it is closed. */
function remembering(store: RunStore) {
  const logs = new Map<string, DurableEvent[]>();
  return {
    logs,
    store: {
      ...store,
      async append(...addition: Parameters<RunStore['append']>) {
        const [sessionId, , events] = addition;
        const known = logs.get(sessionId) ?? [...(await store.read(sessionId))];
        await store.append(...addition);
        logs.set(sessionId, known);
        known.push(...events);
      },
    } satisfies RunStore,
  };
}
