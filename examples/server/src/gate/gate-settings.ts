import { z } from 'zod';

/** Where a secret is: in a variable of the environment, so that none stands in a file. */
const secret = z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of a variable') });
/** An address, or where one with a password in it is. */
const address = z.union([z.string().min(1), secret]);
const amount = z.number().int().min(1).max(1e15);

const scopeLimits = z.strictObject({
  requestsPerMinute: amount.optional(),
  requestsPerDay: amount.optional(),
  tokensPerMinute: amount.optional(),
  tokensPerDay: amount.optional(),
  costUsdPerDay: z.number().positive().max(1e9).optional(),
});

/** The settings of devices, limits and the store; groups of the whole configuration. */
export const gateGroups = {
  store: z
    .strictObject({
      /** A path for SQLite, or `postgresql://…` where several relays share. Default: `relay.db` in the relay's folder. */
      database: address.optional(),
      /** `redis://…`: counts the limits, where several relays share. */
      redis: address.optional(),
      /** While the shared counters are down: refuse calls, or count on each relay alone. */
      whenDown: z.enum(['refuse', 'local']).default('refuse'),
      /** Milliseconds for which what a dead relay reserved is held for it. */
      leaseMs: z.number().int().min(1000).max(3_600_000).default(30_000),
      /** Part of each limit that a relay gives out alone with `local`. */
      localShare: z.number().positive().max(1).default(1),
    })
    .prefault({}),
  devices: z
    .strictObject({
      /** The first signs, all check. Default: a key that is made once and kept in the store. */
      signingKeys: z.array(z.strictObject({ id: z.string(), secret })).default([]),
      tokenDays: z.number().int().min(1).max(3650).default(90),
      overlapMinutes: z.number().int().min(0).max(10_080).default(10),
      /** Zero bits of the proof of work for a token; 0 asks for none. */
      workBits: z.number().int().min(0).max(30).default(16),
      /** Tokens an hour for one address, IPv6 by /64; 0: any number. */
      issuesPerHour: z.number().int().min(0).max(1e9).default(30),
      /** Within this time a revocation counts at every relay. */
      staleMs: z.number().int().min(0).max(3_600_000).default(5000),
    })
    .prefault({}),
  limits: z
    .strictObject({
      device: scopeLimits.prefault({ requestsPerMinute: 300, tokensPerMinute: 2_000_000, tokensPerDay: 50_000_000 }),
      ip: scopeLimits.prefault({ requestsPerMinute: 1200 }),
      organisation: scopeLimits.prefault({}),
    })
    .prefault({}),
  organisations: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'is no name of an organisation'),
      z.strictObject({
        /** Who shows one of these gets a token of the organisation. */
        invites: z.array(secret).default([]),
        limits: scopeLimits.prefault({}),
      }),
    )
    .default({}),
  guard: z
    .strictObject({
      /** The same request within five minutes; 0: as often as one likes. */
      repeats: z.number().int().min(0).max(1e9).default(200),
      /** Requests within ten minutes; 0: any number. */
      calls: z.number().int().min(0).max(1e9).default(6000),
      stopMinutes: z.number().int().min(1).max(10_080).default(10),
    })
    .prefault({}),
  ledger: z
    .strictObject({
      keepDays: z.number().int().min(1).max(36_500).default(400),
      flushMs: z.number().int().min(10).max(60_000).default(1000),
    })
    .prefault({}),
} as const;

const gateSchema = z.strictObject(gateGroups);

export type GateSettings = z.output<typeof gateSchema>;

/** The settings where nothing is said. */
export const defaultGateSettings: GateSettings = gateSchema.parse({});
