// Portkey's gateway from npm, installed once beside the other caches.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const version = '1.15.2';
// With what a fresh install brings it answers every stream with 500 (TypeError: immutable; seen 2026-11-21). This is the
// newest of its range that was seen to work.
const overrides = { '@hono/node-server': '1.13.1' };

/** Gives the file that starts it; `undefined`, with a word why, when it cannot be installed. */
export function portkey(cache) {
  const folder = join(cache, `portkey-${version}-node-server-${overrides['@hono/node-server']}`);
  const start = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (existsSync(start)) return start;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: { '@portkey-ai/gateway': version }, overrides }),
  );
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const done = spawnSync('npm', ['install', ...flags], { cwd: folder, encoding: 'utf8', timeout: 300_000 });
  if (existsSync(start)) return start;
  console.error(`Portkey's gateway could not be installed: ${done.stderr || done.error?.message}`);
  return undefined;
}
