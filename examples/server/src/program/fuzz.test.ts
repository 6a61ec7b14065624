import http from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshPostgres } from '../testing/test-stores.ts';
import { descriptions } from './described-routes.ts';
import { type RunningServer, startServer } from './start-server.ts';

const admin = 'an administrator key of enough length';
const faults: unknown[] = [];
let server: RunningServer;
let tokens: readonly string[];
let known: readonly string[];
/** A device that may be revoked on the way. */
let doomed: { readonly token: string; readonly device_id: string };

/** Starts a relay with every route there is. @returns How to end it. */
async function start(database: string | undefined): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-fuzz-'));
  mkdirSync(join(folder, 'work'));
  const configFile = join(folder, 'relay.json');
  const settings = {
    upstreams: { own: { kind: 'practice' } },
    fallback: 'own/practice',
    devices: { workBits: 0, issuesPerHour: 0 },
    guard: { repeats: 0, calls: 0 },
    limits: { device: {}, ip: {} },
    organisations: { acme: { invites: [{ env: 'INVITE' }] } },
    runs: { perDevice: 1000, workspaces: { site: { root: join(folder, 'work'), organisations: ['acme'] } } },
  };
  writeFileSync(configFile, JSON.stringify(settings));
  const env = {
    CAPSTAN_CONFIG_HOME: folder,
    CAPSTAN_RELAY_ADMIN_KEY: admin,
    INVITE: 'an-invitation-of-acme',
    ...(database ? { CAPSTAN_RELAY_DATABASE: database } : {}),
  };
  const observers = [{ fault: (error: unknown) => void faults.push(error) }];
  server = await startServer({ configFile, env, port: 0, databasePath: ':memory:', observers });
  const device = async () => {
    const body = JSON.stringify({ invite: env.INVITE });
    const issued = await fetch(`${server.url}/v1/devices`, { method: 'POST', body });
    return (await issued.json()) as { token: string; device_id: string };
  };
  const { token } = await device();
  doomed = await device();
  const headers = { authorization: `Bearer ${token}` };
  const body = JSON.stringify({ task: 'hello', workspace: 'site' });
  const started = await fetch(`${server.url}/v1/runs`, { method: 'POST', headers, body });
  const { id } = (await started.json()) as { id: string };
  tokens = [token, admin, 'no-token', ''];
  known = [id, doomed.device_id];
  return async () => {
    await server.close({ deadlineMs: 0 });
    rmSync(folder, { recursive: true, force: true });
  };
}

const words =
  'challenge nonce label invite task workspace site session_id budget costUsd turns seconds callId reason text type by approve deny steer stop ' +
  'minutes why organisation acme limit before from to 2026-11-21 day device model messages role user content input contents parts __proto__ constructor ../../etc';
const word = fc.constantFrom(...words.split(' '));
const odd = fc.constantFrom(
  -1,
  0,
  1e308,
  1e15,
  0.5,
  '',
  '\u0000',
  'x'.repeat(5000),
  '💥'.repeat(50),
  '9999-99-99',
  '%00',
  "' OR 1=1 --",
);

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.oneof(word, odd, fc.string(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 6 }),
  ),
}));
const body = fc.oneof(
  { weight: 5, arbitrary: fc.dictionary(word, tree, { maxKeys: 6 }).map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: tree.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);
const query = fc
  .dictionary(word, fc.oneof(word, odd.map(String), fc.string()), { maxKeys: 3 })
  .map((fields) => new URLSearchParams(fields).toString());

/** Every route that programs call; those that a call of a model goes to are tried elsewhere too. */
const routes = Object.keys(descriptions);

const postgres = process.env['CAPSTAN_TEST_POSTGRES'];

describe.each([
  { store: 'SQLite', missing: false },
  { store: 'PostgreSQL', missing: !postgres },
])('over $store', ({ store, missing }) => {
  const closing: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    if (missing) return;
    const fresh = store === 'SQLite' ? undefined : await freshPostgres(postgres ?? '');
    if (fresh) closing.push(fresh.drop);
    closing.push(await start(fresh?.url));
  });
  afterAll(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  test.skipIf(missing)('whatever is sent to any route, the answer is no fault of the relay', sendAnything);
});

async function sendAnything(): Promise<void> {
  const piece = fc.oneof(
    word,
    fc.stringMatching(/^[\x21-\x7e]{1,30}$/),
    fc.constantFrom('%2e%2e%2f', '%zz', '..', '%00'),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...routes),
      fc.record({
        body,
        query,
        token: fc.nat(3),
        id: fc.nat(9),
        piece,
        lastEventId: fc.oneof(word, fc.integer().map(String)),
      }),
      async (route, { id, piece: other, token, lastEventId, ...sent }) => {
        const [method = '', pattern = ''] = route.split(' ');
        const param = known[id] ?? other.replaceAll(/[?#\s]/g, '');
        const path = `${pattern.replaceAll(/[:*]\w+/g, () => param)}?${sent.query}`;
        const bearer = route === 'DELETE /v1/devices/me' ? doomed.token : tokens[token];
        const headers = { authorization: `Bearer ${bearer}`, 'last-event-id': lastEventId };
        const status = await send({ path, method, headers, body: method === 'GET' ? '' : sent.body });
        expect([status >= 200 && status < 500, status, route, param, sent]).toEqual([true, status, route, param, sent]);
        expect([route, ...faults]).toEqual([route]);
      },
    ),
    { numRuns: 1500 },
  );
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
}

interface Sent {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends what `fetch` would not, and waits for no stream to end. @returns The status. */
function send({ path, method, headers, body: text }: Sent): Promise<number> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = http.request({ hostname, port, path, method, headers, agent: false }, (response) => {
      resolve(response.statusCode ?? 0);
      response.on('error', () => {});
      if (response.headers['content-type']?.startsWith('text/event-stream')) response.destroy();
      else response.resume();
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
