import { once } from 'node:events';
import { postgresStore } from '../postgres-store.ts';
import { sqliteStore } from '../sqlite-store.ts';
import { workingAgent } from './working-agent.ts';

/** Runs an agent in a store given by kind and place; its tool works until a line comes in. */
const [kind, place = '', leaseMs] = process.argv.slice(2);
const options = leaseMs === undefined ? {} : { leaseMs: Number(leaseMs) };
const store =
  kind === 'SQLite' ? sqliteStore(place, options) : postgresStore({ connection: place, ...options });
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const agent = workingAgent(async () => {
  say({ runId: run.id, sessionId: run.sessionId });
  await once(process.stdin, 'data');
  return 'worked';
}, store);
const run = agent.run('go');
say(await run.result);
await store.close();
process.exit();
