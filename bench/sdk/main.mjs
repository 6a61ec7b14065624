// What a run costs beside the model: traces off and on, and a long session with compaction.
//   npm run bench -- sdk [--rounds 5] [--runs 400] [--turns 500]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAgent, defineTool, memoryStore } from '@capstan/sdk';
import { sqliteStore } from '@capstan/sdk/sqlite';
import { openTelemetry, traceRun } from '@capstan/sdk/telemetry';

const option = (name, value) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? value : Number(process.argv[at + 1]);
};
const rounds = option('rounds', 5);
const runs = option('runs', 400);
const turns = option('turns', 500);
const folder = mkdtempSync(join(tmpdir(), 'capstan-bench-'));

const read = defineTool({
  name: 'read',
  description: 'Reads a file.',
  input: { type: 'object' },
  effects: [],
  execute: () => 'line\n'.repeat(200),
});

/** Calls the tool once a user message, then answers in pieces. It keeps nothing. */
function model(contextWindow) {
  let calls = 0;
  return {
    id: 'bench/model',
    info: { contextWindow, maxOutputTokens: 1000, price: { input: 1, output: 2 } },
    async *stream({ messages, instructions = '' }) {
      const usage = { inputTokens: messages.length * 100, outputTokens: 100 };
      if (instructions.includes('memory of a working agent')) {
        const message = { role: 'assistant', parts: [{ type: 'text', text: 'It read files.' }] };
        yield { type: 'message', message, stopReason: 'end', usage };
        return;
      }
      if (messages.at(-1)?.role === 'user') {
        const call = { type: 'call', callId: `c${++calls}`, tool: 'read', json: '{}' };
        yield { type: 'message', message: { role: 'assistant', parts: [call] }, stopReason: 'tools', usage };
        return;
      }
      const piece = 'It holds lines. ';
      for (let i = 0; i < 20; i++) yield { type: 'text.delta', text: piece };
      const parts = [{ type: 'text', text: piece.repeat(20) }];
      yield { type: 'message', message: { role: 'assistant', parts }, stopReason: 'end', usage };
    },
  };
}

/** CPU milliseconds, which a busy machine stretches less than the clock. */
async function cpu(work) {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];

/** Measures each way in turn, round by round, so that what else the machine does falls on all of them. */
async function inTurn(ways) {
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++)
    for (const [name, way] of Object.entries(ways)) {
      const ms = await cpu(way);
      if (round > 0) times[name].push(ms);
    }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

const many = async (each) => {
  const agent = createAgent({ model: model(200_000), tools: [read], store: memoryStore() });
  for (let i = 0; i < runs; i++) await each(agent.run('What does it hold?'));
};
const telemetry = await openTelemetry({ file: join(folder, 'telemetry.jsonl') });
const traces = await inTurn({
  off: () => many((run) => run.result),
  'off again': () => many((run) => run.result),
  read: () =>
    many(async (run) => {
      for await (const event of run) void event;
    }),
  'to a file': () => many((run) => traceRun(run, telemetry)),
});
await telemetry.close();
console.log(`traces, CPU of ${runs} runs of two model calls, against off:`);
for (const [name, ms] of Object.entries(traces))
  console.log(`  ${name.padEnd(12)} ${ms.toFixed(0).padStart(6)} ms  ${(ms / traces.off).toFixed(2)}`);

async function session(store, count) {
  const agent = createAgent({ model: model(12_000), tools: [read], store });
  const talk = agent.session('long');
  for (let turn = 1; turn <= count; turn++) await talk.run(`Question ${turn}?`).result;
}

console.log(`a session of ${turns} turns with compaction, CPU a turn, first and last quarter; memory:`);
for (const [name, open] of [
  ['memory', () => memoryStore()],
  ['SQLite', () => sqliteStore(join(folder, `${Math.random()}.db`))],
]) {
  const quarter = Math.floor(turns / 4);
  await session(open(), quarter);
  const store = open();
  const agent = createAgent({ model: model(12_000), tools: [read], store });
  const talk = agent.session('long');
  const quarters = [];
  for (let part = 0; part < 4; part++)
    quarters.push(
      await cpu(async () => {
        for (let turn = 0; turn < quarter; turn++) await talk.run(`Question ${part}.${turn}?`).result;
      }),
    );
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed / 1e6;
  const [first, , , last] = quarters.map((ms) => ms / quarter);
  console.log(
    `  ${name.padEnd(8)} ${first.toFixed(2)} ms, ${last.toFixed(2)} ms: ${(last / first).toFixed(2)}; heap ${heap.toFixed(0)} MB`,
  );
  await store.close();
}
rmSync(folder, { recursive: true, force: true });
