// The relay as it is shipped, with its device tokens, limits, redaction, log, metrics and settlement on.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from 'capstan-server';

const folder = mkdtempSync(join(tmpdir(), 'bench-relay-'));
const configFile = join(folder, 'relay.json');
const many = 1e12;
const limits = { requestsPerMinute: many, requestsPerDay: many, tokensPerMinute: many, tokensPerDay: many };
writeFileSync(
  configFile,
  JSON.stringify({
    upstreams: {
      openai: { kind: 'openai', baseURL: `${process.env.UPSTREAM}/v1`, keys: [{ env: 'KEY' }], concurrency: 1000 },
      anthropic: { kind: 'anthropic', baseURL: process.env.UPSTREAM, keys: [{ env: 'KEY' }], concurrency: 1000 },
    },
    routes: [{ model: 'other-*', to: ['anthropic/mock-*'] }],
    fallback: 'openai/*',
    devices: { workBits: 0, issuesPerHour: 0 },
    guard: { repeats: 0, calls: 0 },
    limits: { device: limits, ip: limits },
  }),
);
const server = await startServer({
  configFile,
  port: 0,
  databasePath: join(folder, 'relay.db'),
  log: true,
  env: { KEY: 'sk-bench-0123456789abcdef', CAPSTAN_CONFIG_HOME: folder },
});
const issued = await fetch(`${server.url}/v1/devices`, { method: 'POST', body: '{}' });
const { token } = await issued.json();
console.log(JSON.stringify({ port: Number(new URL(server.url).port), token }));
// A profile of node is written at an orderly end.
process.on('SIGINT', () => process.exit());
