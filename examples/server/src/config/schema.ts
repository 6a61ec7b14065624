import { z } from 'zod';
import { gateGroups } from '../gate/gate-settings.ts';
import { operateGroups } from '../operate/operate-settings.ts';
import { type KindName, kinds } from './kinds.ts';

const ms = z.number().int().min(1).max(86_400_000);
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of an environment variable');

/** Where a secret is; never the secret itself. */
const secret = z.union([
  z.strictObject({ env: variable, weight: z.number().positive().max(1000).optional() }),
  z.strictObject({ store: z.string().min(1), weight: z.number().positive().max(1000).optional() }),
]);

const httpAddress = z.string().refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), {
  message: 'is no address such as https://api.example.com/v1',
});

const timeouts = z.strictObject({
  /** Until the connection stands. */
  connectMs: ms.default(15_000),
  /** From the sent request to the head of the reply. */
  headersMs: ms.default(600_000),
  /** From the sent request to the first event. */
  firstByteMs: ms.default(600_000),
  /** Between two pieces of the reply. */
  idleMs: ms.default(180_000),
  /** The whole reply. */
  totalMs: ms.default(3_600_000),
});

const upstream = z.strictObject({
  kind: z.enum(Object.keys(kinds) as [KindName, ...KindName[]]),
  baseURL: httpAddress.optional(),
  keys: z.array(secret).min(1).optional(),
  /** Wires that it speaks, where its kind does not know. */
  speaks: z.array(z.enum(['openai-chat', 'openai-responses', 'openai-embeddings', 'anthropic', 'google'])).optional(),
  /** Headers for every request; a secret one by reference. */
  headers: z.record(z.string(), z.union([z.string(), z.strictObject({ env: variable })])).optional(),
  /** Names of models that lead here when no route says otherwise. */
  models: z.array(z.string().min(1)).optional(),
  /** Calls at a time, and how many may wait for how long. */
  concurrency: z.number().int().min(1).max(100_000).default(256),
  queue: z.number().int().min(0).max(100_000).default(256),
  queueMs: ms.default(10_000),
  /** Further tries of one upstream before the first byte. */
  retries: z.number().int().min(0).max(10).default(2),
  timeouts: timeouts.prefault({}),
  /** How many failures in a row take it out of use, and for how long. */
  breaker: z
    .strictObject({ failures: z.number().int().min(1).max(1000).default(5), openMs: ms.default(10_000) })
    .prefault({}),
  /** Prices in US dollars per million tokens, by model, where the catalogue knows none. */
  prices: z
    .record(
      z.string(),
      z.strictObject({
        input: z.number().min(0),
        output: z.number().min(0),
        cachedInput: z.number().min(0).optional(),
        cacheWrite: z.number().min(0).optional(),
      }),
    )
    .optional(),
});

const route = z.strictObject({
  /** The client's name for a model; `*` stands for any text. */
  model: z.string().min(1).max(200),
  /** `upstream/model`, tried in this order; `*` is what the `*` of the name stood for. */
  to: z.array(z.string().regex(/^[^/]+\/.+$/, 'is not of the form upstream/model')).min(1),
});

const server = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(8787),
  /** Origins of web pages that may call. */
  origins: z.array(z.string().min(1)).default([]),
  /** Names that requests may call the relay by; default: any, but only this machine's when it listens on loopback. */
  hosts: z.array(z.string().min(1)).optional(),
  trustedProxies: z.array(z.string().min(1)).default([]),
  bodyBytes: z.number().int().min(1024).max(1_073_741_824).default(33_554_432),
  jsonDepth: z.number().int().min(8).max(1000).default(128),
  headersMs: ms.default(15_000),
  requestMs: ms.default(120_000),
  keepAliveMs: ms.default(75_000),
  /** Comment lines that keep an idle stream open. */
  heartBeatMs: ms.default(15_000),
  /** How long a client that does not read may hold a stream. */
  stalledMs: ms.default(120_000),
  /** At shutdown: how long the relay still serves while it says that it will not, and how long streams may go on. */
  drainNoticeMs: z.number().int().min(0).default(0),
  drainMs: z.number().int().min(0).default(30_000),
});

/** The whole configuration. */
export const settingsSchema = z.strictObject({
  ...gateGroups,
  ...operateGroups,
  server: server.prefault({}),
  upstreams: z.record(z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, 'is no name of an upstream'), upstream).default({}),
  routes: z.array(route).default([]),
  /** Where a name leads that no route and no upstream knows: `upstream/model`. */
  fallback: z
    .string()
    .regex(/^[^/]+\/.+$/, 'is not of the form upstream/model')
    .optional(),
});

export type Settings = z.output<typeof settingsSchema>;
export type UpstreamSettings = Settings['upstreams'][string];
export type ServerSettings = Settings['server'];
export type SecretReference = NonNullable<UpstreamSettings['keys']>[number];
export type RouteSettings = Settings['routes'][number];
