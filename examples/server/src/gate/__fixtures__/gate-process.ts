// Sends calls through a gate of its own and says what was admitted: one of several relays that share a store.
import { openParts } from '../open-parts.ts';
import { defaultGateSettings } from '../gate-settings.ts';

interface Order {
  readonly calls: number;
  readonly atOnce: number;
  readonly deviceId: string;
  readonly limits: object;
  readonly database: string;
  readonly redis?: string;
  /** Never settles and never ends: to be killed. */
  readonly holds?: boolean;
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const parts = await openParts({
  settings: {
    ...defaultGateSettings,
    store: {
      ...defaultGateSettings.store,
      database: order.database,
      leaseMs: 6000,
      ...(order.redis ? { redis: order.redis } : {}),
    },
    limits: { device: order.limits, ip: {}, organisation: {} },
    guard: { repeats: 0, calls: 0, stopMinutes: 10 },
  },
  env: {},
  databasePath: ':memory:',
  clock: Date.now,
  notice: (message) => void process.stderr.write(`${message}\n`),
});

const counted = { admitted: 0, refused: 0, failed: 0, usedTokens: 0 };
const caller = { deviceId: order.deviceId, ip: '127.0.0.1' };

async function call(number: number): Promise<void> {
  const tokens = 1 + (number % 50);
  const answer = await parts.gate.admit(caller, { tokens });
  if ('refused' in answer) {
    if (answer.refused.code === 'rate_limited') counted.refused += 1;
    else counted.failed += 1;
    return;
  }
  counted.admitted += 1;
  if (order.holds) return;
  const inputTokens = Math.ceil(tokens / 2);
  counted.usedTokens += inputTokens;
  await answer.settle({ model: 'm', status: 200, ms: 1, usage: { inputTokens, outputTokens: 0 } });
}

for (let sent = 0; sent < order.calls; sent += order.atOnce) {
  await Promise.all(Array.from({ length: Math.min(order.atOnce, order.calls - sent) }, (_, at) => call(sent + at)));
}
// What was counted is written before it is told.
if (!order.holds) await parts.close();
process.stdout.write(`${JSON.stringify(counted)}\n`);
if (order.holds) setInterval(() => {}, 1000);
