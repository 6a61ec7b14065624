import { z } from 'zod';
import type { RelayParts } from '../gate/open-parts.ts';
import { readWith } from '../http/read-with.ts';
import type { Route } from '../http/route.ts';
import { sendJson } from '../http/send.ts';
import { dayOf } from '../ledger/ledger.ts';
import { readUsage } from '../ledger/read-usage.ts';
import { forAdmin } from './admin-key.ts';

/** How an upstream stands; never with a key. */
export interface UpstreamHealth {
  readonly name: string;
  readonly state: 'open' | 'closed' | 'half-open';
  /** Calls under way and waiting. */
  readonly active: number;
  readonly waiting: number;
  /** Keys as `sk-…abcd`, and whether each is in use. */
  readonly keys: readonly { readonly shown: string; readonly state: string }[];
}

export interface AdminOptions {
  /** Of at least 24 characters. */
  readonly key: string;
  readonly parts: RelayParts;
  readonly clock: () => number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly version: string;
  readonly upstreams: () => readonly UpstreamHealth[];
}

const text = z.string().max(200);
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'is no day such as 2026-11-21');
const devicesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  before: text.optional(),
  organisation: text.optional(),
});
const usageQuery = z.strictObject({
  by: z.enum(['day', 'device', 'organisation', 'model']).default('day'),
  from: day.optional(),
  to: day.optional(),
  device: text.optional(),
  organisation: text.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
});
const newDevice = z.strictObject({ organisation: text.optional(), label: z.string().max(100).optional() });
const stopBody = z.strictObject({ minutes: z.number().positive().max(5_256_000), why: z.string().min(1).max(200) });

const month = 30 * 86_400_000;

/** The administrator's API, below `/admin/api`. */
export function adminRoutes({ key, parts, clock, startedAt, version, upstreams }: AdminOptions): readonly Route[] {
  const { devices, database } = parts;
  return forAdmin(key, [
    {
      method: 'GET',
      path: '/admin/api/overview',
      handle({ response }) {
        sendJson(response, 200, {
          version,
          started_at: startedAt,
          now: clock(),
          store: database.kind,
          limits_counted_in: parts.countedIn,
          settlements_waiting: parts.waitingSettlements(),
          upstreams: upstreams(),
        });
      },
    },
    {
      method: 'GET',
      path: '/admin/api/limits',
      handle: ({ response }) => sendJson(response, 200, parts.limits),
    },
    {
      method: 'GET',
      path: '/admin/api/usage',
      async handle({ response, query }) {
        const { device, ...asked } = readWith(usageQuery, Object.fromEntries(query));
        const now = clock();
        const { from = dayOf(now - month), to = dayOf(now) } = asked;
        const rows = await readUsage(database, { ...asked, from, to, ...(device ? { deviceId: device } : {}) });
        sendJson(response, 200, { by: asked.by, from, to, rows });
      },
    },
    {
      method: 'GET',
      path: '/admin/api/devices',
      async handle({ response, query }) {
        const asked = readWith(devicesQuery, Object.fromEntries(query));
        sendJson(response, 200, { devices: await devices.list({ ...asked, now: clock() }) });
      },
    },
    {
      method: 'POST',
      path: '/admin/api/devices',
      maxBodyBytes: 4096,
      async handle(context) {
        const issued = await devices.issue(readWith(newDevice, (await context.json()) ?? {}));
        sendJson(context.response, 201, issued);
      },
    },
    ...deviceOrders(parts, clock),
  ]);
}

function deviceOrders({ devices }: RelayParts, clock: () => number): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/admin/api/devices/:id/revoke',
      async handle({ response, params }) {
        await devices.revoke(params['id'] ?? '');
        response.writeHead(204).end();
      },
    },
    {
      method: 'POST',
      path: '/admin/api/devices/:id/stop',
      maxBodyBytes: 4096,
      async handle(context) {
        const { minutes, why } = readWith(stopBody, await context.json());
        await devices.stop(context.params['id'] ?? '', clock() + minutes * 60_000, why);
        context.response.writeHead(204).end();
      },
    },
    {
      method: 'POST',
      path: '/admin/api/devices/:id/resume',
      async handle({ response, params }) {
        await devices.stop(params['id'] ?? '', undefined, '');
        response.writeHead(204).end();
      },
    },
  ];
}
