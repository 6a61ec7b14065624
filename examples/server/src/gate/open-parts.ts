import { CapstanError } from '@capstan/sdk';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { openDevices, type Devices } from '../devices/devices.ts';
import { dayOf, openLedger, type Ledger } from '../ledger/ledger.ts';
import { pruneUsage } from '../ledger/read-usage.ts';
import { ipGroup } from '../limits/ip-group.ts';
import { keepCounters, restoreCounters } from '../limits/kept-counters.ts';
import { KeptSettlements } from '../limits/kept-settlements.ts';
import type { LimitStore } from '../limits/limit-store.ts';
import type { LimitsConfig } from '../limits/limits.ts';
import { memoryLimits, type MemoryLimits } from '../limits/memory-limits.ts';
import { withFallback } from '../limits/with-fallback.ts';
import type { Gate } from './gate.ts';
import type { GateSettings } from './gate-settings.ts';
import { openGate } from './open-gate.ts';
import { databaseAddress, redisAddress, secretOf, type Environment } from './secret-of.ts';

export interface OpenPartsOptions {
  readonly settings: GateSettings;
  readonly env: Environment;
  /** Where the embedded database lies when the settings name none; a path, or `:memory:`. */
  readonly databasePath: string;
  /** Unix milliseconds. */
  readonly clock: () => number;
  /** Hears what the operator should know. */
  readonly notice?: (message: string) => void;
}

/** The gate with what lies behind it, for the routes of devices and of the administrator. */
export interface RelayParts {
  readonly gate: Gate;
  readonly database: Database;
  readonly devices: Devices;
  readonly ledger: Ledger;
  readonly limits: LimitsConfig;
  /** Where the limits are counted. */
  readonly countedIn: 'memory' | 'redis' | 'postgres';
  /** Settlements that wait for their store. */
  readonly waitingSettlements: () => number;
  /** Counts an issued token against an address. @throws {CapstanError} `rate_limited` with `retryAfterMs`. */
  countIssue(ip: string): Promise<void>;
  /** Finds the organisation that an invitation is of. @throws {CapstanError} `auth_refused`. */
  organisationOf(invite: string): string;
  /** Writes what is not yet kept, and ends. */
  close(): Promise<void>;
}

const hour = 3_600_000;

/**
 * Opens the store and all that counts in it.
 *
 * @throws {CapstanError} `store_failed` or `invalid_config` when the relay must not start so.
 */
export async function openParts(options: OpenPartsOptions): Promise<RelayParts> {
  const { settings, env, clock, notice = () => {} } = options;
  const url = databaseAddress(settings, env) ?? options.databasePath;
  const database = await openDatabase({ url });
  const { signingKeys, ...deviceSettings } = settings.devices;
  const own = env['CAPSTAN_RELAY_SIGNING_KEY'];
  const named = signingKeys.map(({ id, secret }) => ({ id, secret: secretOf(secret, env) }));
  const keys = named.length === 0 && own ? [{ id: 'env', secret: own }] : named;
  const devices = await openDevices({ ...deviceSettings, signingKeys: keys, database, clock });
  const ledger = openLedger({ database, clock, flushMs: settings.ledger.flushMs, notice });
  const kept = new KeptSettlements({ clock });
  const counters = await openCounters({ settings, env, database, clock, notice });
  const limits = limitsOf(settings);
  const invites = invitesOf(settings, env);
  const gate = openGate({
    database,
    devices,
    ledger,
    limits: counters.store,
    kept,
    config: limits,
    guard: settings.guard,
    clock,
    notice,
  });
  const stopChores = startChores({ settings, database, devices, counters, kept, clock, notice });
  return {
    gate,
    database,
    devices,
    ledger,
    limits,
    countedIn: counters.kind,
    waitingSettlements: () => kept.size,
    countIssue: (ip) => countIssue(counters.store, ip, settings.devices.issuesPerHour),
    organisationOf(invite) {
      const organisation = invites.get(invite);
      if (organisation !== undefined) return organisation;
      throw new CapstanError('auth_refused', 'The invitation is not known. Ask who gave it.', { where: 'invite' });
    },
    async close() {
      await stopChores();
      await kept.retry();
      await ledger.close();
      await counters.store.close();
      await database.close();
    },
  };
}

interface Counters {
  readonly kind: RelayParts['countedIn'];
  readonly store: LimitStore;
  /** Set when they are this relay's own. */
  readonly memory?: MemoryLimits;
}

interface CounterOptions {
  readonly settings: GateSettings;
  readonly env: Environment;
  readonly database: Database;
  readonly clock: () => number;
  readonly notice: (message: string) => void;
}

async function openCounters({ settings, env, database, clock, notice }: CounterOptions): Promise<Counters> {
  const { whenDown, leaseMs, localShare: share } = settings.store;
  const redis = redisAddress(settings, env);
  const shared = redis
    ? {
        kind: 'redis' as const,
        store: (await import('../limits/open-redis.ts')).openRedis(redis, leaseMs),
      }
    : database.kind === 'postgres'
      ? {
          kind: 'postgres' as const,
          store: (await import('../limits/postgres-limits.ts')).postgresLimits({ database, leaseMs }),
        }
      : undefined;
  const memory = memoryLimits({ clock });
  if (!shared) {
    await restoreCounters(memory, database, clock());
    return { kind: 'memory', store: memory, memory };
  }
  if (whenDown === 'refuse') return shared;
  return { kind: shared.kind, store: withFallback(shared.store, { local: memory, share, notice }) };
}

function limitsOf({ limits, organisations }: GateSettings): LimitsConfig {
  const own = Object.entries(organisations).map(([name, organisation]) => [name, organisation.limits] as const);
  return { ...limits, organisations: Object.fromEntries(own) } as LimitsConfig;
}

function invitesOf({ organisations }: GateSettings, env: Environment): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(organisations).flatMap(([name, { invites }]) => {
      return invites.map((invite) => [secretOf(invite, env), name] as const);
    }),
  );
}

async function countIssue(store: LimitStore, ip: string, max: number): Promise<void> {
  if (max === 0) return;
  const name = `issue:${ipGroup(ip)}`;
  const { reservation, now } = await store.reserve([{ name, windowMs: hour, max, amount: 1 }]);
  if (reservation) return reservation.settle([1]);
  const text = `This address was given ${max} device tokens within the hour. Use one of them, or try again later.`;
  const retryAfterMs = hour - (now % hour);
  throw new CapstanError('rate_limited', text, { retryable: true, retryAfterMs, where: 'ip' });
}

interface ChoreOptions extends Omit<CounterOptions, 'env'> {
  readonly devices: Devices;
  readonly counters: Counters;
  readonly kept: KeptSettlements;
}

/** What is done beside the calls. @returns How to end it; the counters are kept once more. */
function startChores(options: ChoreOptions): () => Promise<void> {
  const { settings, database, devices, counters, kept, clock, notice } = options;
  const tell = (what: string) => (error: unknown) => {
    notice(`${what}: ${error instanceof Error ? error.message : 'unknown'}`);
  };
  const keep = async () => {
    if (counters.memory) await keepCounters(counters.memory, database, clock());
  };
  const beat = () =>
    counters.store
      .beat()
      .then(() => kept.retry())
      .catch(tell('the lease could not be kept'));
  const tidy = async () => {
    await devices.tidy();
    await pruneUsage(database, dayOf(clock() - settings.ledger.keepDays * 24 * hour));
  };
  const timers = [
    setInterval(beat, settings.store.leaseMs / 3),
    setInterval(() => keep().catch(tell('counters could not be kept')), settings.ledger.flushMs),
    setInterval(() => tidy().catch(tell('the store could not be tidied')), hour),
  ];
  for (const timer of timers) timer.unref();
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await keep().catch(tell('counters could not be kept'));
  };
}
