// Calls `npm test` and closes with the line "N passed, N failed", whatever became of it.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBubblewrap } from './bubblewrap.mjs';
import { findChromium } from './chromium.mjs';
import { installClients } from './clients.mjs';
import { npmCli } from './npm.mjs';
import { startPostgres } from './postgres.mjs';
import { startRedis } from './redis.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const resultFile = join(root, 'node_modules/.cache/capstan-test/result.json');

rmSync(resultFile, { force: true });
const postgres = await serverFor('CAPSTAN_TEST_POSTGRES', startPostgres);
const redis = await serverFor('CAPSTAN_TEST_REDIS', startRedis);
const chromium = browser();
const clients = await commandLines();
sandbox();
const code = await npmTest({
  CAPSTAN_TEST_POSTGRES: postgres.url,
  CAPSTAN_TEST_REDIS: redis.url,
  CAPSTAN_TEST_CHROMIUM: chromium.path,
  CAPSTAN_TEST_CLIENTS: clients,
});
await postgres.stop?.();
await redis.stop?.();
const { passed, failed, finished } = counts();
// A run that did not come to its end is a failure of its own, beside those it had counted; so is a missing server or browser.
const missing = [postgres, redis, chromium].filter((each) => each.missing).length;
const failures = failed + (finished && (code === 0 || failed > 0) ? 0 : 1) + missing;
console.log(`${passed} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;

/** A server that tests need: on Linux a missing one fails the run, elsewhere its tests skip. */
async function serverFor(variable, start) {
  const url = process.env[variable];
  if (url !== undefined || process.platform !== 'linux') return { url };
  try {
    return await start();
  } catch (error) {
    console.error(`${error.message} Install it, or set ${variable} to a server: this run will fail without.`);
    return { missing: true };
  }
}

/** The browser for what runs in one: on Linux a missing one fails the run, elsewhere its tests skip. */
function browser() {
  const path = process.env.CAPSTAN_TEST_CHROMIUM;
  if (path !== undefined || process.platform !== 'linux') return { path };
  try {
    return { path: findChromium() };
  } catch (error) {
    console.error(`${error.message} Install it, or set CAPSTAN_TEST_CHROMIUM to one: this run will fail without.`);
    return { missing: true };
  }
}

/** The command lines that the relay is tested with. A gigabyte that does not come is no fault of a change: its tests skip. */
async function commandLines() {
  const folder = process.env.CAPSTAN_TEST_CLIENTS;
  if (folder !== undefined || process.platform !== 'linux') return folder;
  try {
    return await installClients();
  } catch (error) {
    console.error(`${error.message} Their tests are skipped: npm run clients`);
    return undefined;
  }
}

/** What confines commands. Not every machine lets one be confined: where it cannot be had, its tests skip. */
function sandbox() {
  if (process.platform !== 'linux') return;
  try {
    ensureBubblewrap();
  } catch (error) {
    console.error(`${error.message} The tests of the sandbox are skipped.`);
  }
}

function npmTest(servers) {
  const npm = npmCli();
  const given = Object.entries(servers).filter(([, value]) => value !== undefined);
  const child = spawn(npm.file, [...npm.args, 'test'], {
    cwd: root,
    env: { ...process.env, ...Object.fromEntries(given) },
    shell: npm.shell,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(console.error(`Cannot start npm: ${error.message}`) ?? 1));
    child.on('close', (exitCode) => resolve(exitCode ?? 1));
  });
}

function counts() {
  try {
    return JSON.parse(readFileSync(resultFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, finished: false };
  }
}
