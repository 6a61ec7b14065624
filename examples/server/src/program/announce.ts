import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Route } from '../http/route.ts';
import { sendJson } from '../http/send.ts';

/** How a relay on the user's own machine is found by his command line. */
export interface Announcement {
  readonly route: Route;
  /** Writes the file that says where the relay is. */
  publish(url: string): void;
  /** Takes it away, unless another relay has taken its place. */
  withdraw(): void;
}

/**
 * Announces a relay to programs of the same user, and to nobody else: a file that only he can read names the address and
 * a secret, and `GET /v1/here` proves that whoever listens there knows the secret. So a stranger's server on the same
 * port is not taken for it.
 */
export function announcement(folder: string): Announcement {
  const file = join(folder, 'here.json');
  const secret = randomBytes(32).toString('base64url');
  return {
    route: {
      method: 'GET',
      path: '/v1/here',
      handle({ response, query }) {
        const nonce = (query.get('nonce') ?? '').slice(0, 100);
        const proof = createHmac('sha256', secret).update(`here:${nonce}`).digest('base64url');
        sendJson(response, 200, { service: 'capstan-server', proof });
      },
    },
    publish(url) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const fresh = `${file}.${process.pid}.tmp`;
      writeFileSync(fresh, `${JSON.stringify({ url, secret, pid: process.pid })}\n`, { mode: 0o600 });
      renameSync(fresh, file);
    },
    withdraw() {
      try {
        if (readFileSync(file, 'utf8').includes(secret)) rmSync(file, { force: true });
      } catch {
        // It was never there, or somebody took it away.
      }
    },
  };
}
