import { setTimeout as wait } from 'node:timers/promises';
import type { Usage } from '@capstan/sdk';
import type { Database, SqlValue, Statement } from '../database/database.ts';

/** One call as the ledger counts it. */
export interface LedgerEntry {
  readonly deviceId: string;
  readonly organisation: string;
  readonly model: string;
  readonly failed: boolean;
  readonly ms: number;
  readonly usage?: Usage;
  /** Millionths of a US dollar; absent when the price is unknown. */
  readonly costMicros?: number;
}

export interface LedgerOptions {
  readonly database: Database;
  readonly clock: () => number;
  /** Milliseconds after which what was counted is written: what a kill can lose. Default 1,000. */
  readonly flushMs?: number;
  /** Hears of a failed write; what it held is written with the next. */
  readonly notice?: (message: string) => void;
}

/** Counts usage by day, device and model. Calls only add to sums in memory; the database is written behind them. */
export interface Ledger {
  /** Takes no time and never throws. */
  record(entry: LedgerEntry): void;
  /** Writes what was counted. Never rejects: what could not be written is kept for the next time. */
  flush(): Promise<void>;
  /** Writes the last and ends; tries for a while when the database does not take it. */
  close(): Promise<void>;
}

/** Upper ends of the latency buckets, in milliseconds; what takes longer is in the last. */
export const latencyBounds = [250, 1000, 4000, 16_000, 64_000] as const;

const keys = ['day', 'device_id', 'organisation', 'model'] as const;
const sums = [
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'cost_micros',
  'unpriced',
  ...latencyBounds.map((bound) => `ms_${bound}`),
  'ms_over',
] as const;

const columns = [...keys, ...sums];
const upsert = `
  INSERT INTO relay_usage (${columns.join(', ')}) VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})
  ON CONFLICT (${keys.join(', ')}) DO UPDATE SET
  ${sums.map((name) => `${name} = relay_usage.${name} + excluded.${name}`).join(', ')}`;

interface Line {
  readonly key: readonly [day: string, device: string, organisation: string, model: string];
  readonly sums: number[];
}

/** Opens the ledger that the database holds. */
export function openLedger({ database, clock, flushMs = 1000, notice = () => {} }: LedgerOptions): Ledger {
  let lines = new Map<string, Line>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function add(line: Line): void {
    const id = JSON.stringify(line.key);
    const found = lines.get(id);
    if (found) line.sums.forEach((value, at) => (found.sums[at] = (found.sums[at] ?? 0) + value));
    else lines.set(id, line);
  }

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const batch = lines;
    if (batch.size === 0) return;
    lines = new Map();
    try {
      // In one order, so that two relays never wait for each other's rows.
      const sorted = [...batch].toSorted(([one], [other]) => (one < other ? -1 : 1));
      await database.batch(sorted.map(([, line]) => statementOf(line)));
    } catch (error) {
      for (const line of batch.values()) add(line);
      timer ??= setTimeout(flush, flushMs * 5).unref();
      notice(`usage could not be written, it is kept for later: ${error instanceof Error ? error.message : 'unknown'}`);
    }
  }

  function flush(): Promise<void> {
    writing = writing.then(write);
    return writing;
  }

  return {
    record(entry) {
      add({
        key: [dayOf(clock()), entry.deviceId, entry.organisation, entry.model.slice(0, 200)],
        sums: sumsOf(entry),
      });
      timer ??= setTimeout(flush, flushMs).unref();
    },
    flush,
    async close() {
      for (let tries = 1; tries <= lastTries; tries += 1) {
        await flush();
        if (lines.size === 0 || tries === lastTries) break;
        await wait(flushMs * tries);
      }
      clearTimeout(timer);
      if (lines.size > 0) notice(`usage was lost: ${lines.size} sums could not be written before the end`);
    },
  };
}

/** How often the last is tried to be written. */
const lastTries = 5;

/** The day in Greenwich, `YYYY-MM-DD`. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function sumsOf({ failed, ms, usage, costMicros }: LedgerEntry): number[] {
  const bucket = latencyBounds.findIndex((bound) => ms <= bound);
  const buckets = [...latencyBounds, Infinity].map((_, at) => {
    return at === (bucket < 0 ? latencyBounds.length : bucket) ? 1 : 0;
  });
  return [
    1,
    failed ? 1 : 0,
    usage?.inputTokens ?? 0,
    usage?.outputTokens ?? 0,
    usage?.cachedInputTokens ?? 0,
    usage?.reasoningTokens ?? 0,
    Math.ceil(costMicros ?? 0),
    usage && costMicros === undefined ? 1 : 0,
    ...buckets,
  ];
}

function statementOf({ key, sums: values }: Line): Statement {
  return { text: upsert, values: [...key, ...values] satisfies SqlValue[] };
}
