// Calls `npm test` and closes with the line "N passed, N failed", whatever became of it.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmCli } from './npm.mjs';
import { startPostgres } from './postgres.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const resultFile = join(root, 'node_modules/.cache/capstan-test/result.json');

rmSync(resultFile, { force: true });
const postgres = await database();
const code = await npmTest(postgres.url);
await postgres.stop?.();
const { passed, failed, finished } = counts();
// A run that did not come to its end is a failure of its own, beside those it had counted; so is a missing server.
const failures = failed + (finished && (code === 0 || failed > 0) ? 0 : 1) + (postgres.missing ? 1 : 0);
console.log(`${passed} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;

/** The database for the tests of the shared store: on Linux a missing one fails the run, elsewhere its tests skip. */
async function database() {
  const url = process.env.CAPSTAN_TEST_POSTGRES;
  if (url !== undefined || process.platform !== 'linux') return { url };
  try {
    return await startPostgres();
  } catch (error) {
    console.error(`${error.message} Install it, or set CAPSTAN_TEST_POSTGRES to a server: this run will fail without.`);
    return { missing: true };
  }
}

function npmTest(postgresUrl) {
  const npm = npmCli();
  const child = spawn(npm.file, [...npm.args, 'test'], {
    cwd: root,
    env: { ...process.env, ...(postgresUrl === undefined ? {} : { CAPSTAN_TEST_POSTGRES: postgresUrl }) },
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
