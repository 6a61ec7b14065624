import { isCapstanError } from '@capstan/sdk/contract';
import { z } from 'zod';
import type { TokenHolder } from '../devices/devices.ts';
import type { RelayParts } from '../gate/open-parts.ts';
import { readWith } from '../http/read-with.ts';
import type { RequestContext, Route } from '../http/route.ts';
import { sendJson } from '../http/send.ts';

const newDevice = z.strictObject({
  /** From `GET /v1/devices/challenge`, solved. */
  challenge: z.string().max(500).optional(),
  nonce: z.string().max(40).optional(),
  /** Shown in the administrator's list. */
  label: z.string().max(100).optional(),
  /** Makes the device one of an organisation. */
  invite: z.string().min(1).max(500).optional(),
});

const maxBodyBytes = 4096;

/** The routes by which a client gets, changes and gives back its token; none of them needs an account. */
export function deviceRoutes({
  devices,
  countIssue,
  organisationOf,
}: Pick<RelayParts, 'devices' | 'countIssue' | 'organisationOf'>): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/devices/challenge',
      handle({ response }) {
        const { challenge, bits, expiresAt } = devices.challenge() ?? { bits: 0 };
        sendJson(response, 200, { bits, ...(challenge ? { challenge, expires_at: expiresAt } : {}) });
      },
    },
    {
      method: 'POST',
      path: '/v1/devices',
      maxBodyBytes,
      async handle(context) {
        const { challenge, nonce, label, invite } = readWith(newDevice, (await context.json()) ?? {});
        await devices.spendWork(challenge !== undefined && nonce !== undefined ? { challenge, nonce } : undefined);
        const organisation = invite === undefined ? '' : organisationOf(invite);
        await orLater(context, () => countIssue(context.ip));
        const issued = await devices.issue({ organisation, label: label ?? '' });
        sendJson(context.response, 201, { ...shown(issued), token: issued.token });
      },
    },
    {
      method: 'GET',
      path: '/v1/devices/me',
      async handle({ response, token }) {
        sendJson(response, 200, shown(await devices.verify(token)));
      },
    },
    {
      method: 'POST',
      path: '/v1/devices/rotate',
      maxBodyBytes,
      async handle(context) {
        await devices.verify(context.token);
        await orLater(context, () => countIssue(context.ip));
        const issued = await devices.rotate(context.token ?? '');
        sendJson(context.response, 201, { ...shown(issued), token: issued.token });
      },
    },
    {
      method: 'DELETE',
      path: '/v1/devices/me',
      async handle({ response, token }) {
        const { deviceId } = await devices.verify(token);
        await devices.revoke(deviceId);
        response.writeHead(204).end();
      },
    },
  ];
}

function shown({ deviceId, organisation, expiresAt, renewAfter }: TokenHolder): object {
  return {
    device_id: deviceId,
    organisation: organisation || null,
    expires_at: expiresAt,
    renew_after: renewAfter,
  };
}

/** Tells a client that is refused for now when to come again. */
async function orLater({ response }: RequestContext, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    const ms = isCapstanError(error) ? error.details.retryAfterMs : undefined;
    if (ms !== undefined) response.setHeader('retry-after', String(Math.ceil(ms / 1000)));
    throw error;
  });
}
