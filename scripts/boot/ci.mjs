// Calls `npm test` and closes with the line "N passed, N failed", whatever became of it.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmCli } from './npm.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const resultFile = join(root, 'node_modules/.cache/capstan-test/result.json');

rmSync(resultFile, { force: true });
const code = await npmTest();
const { passed, failed, finished } = counts();
// A run that did not come to its end is a failure of its own, beside those it had counted.
const failures = failed + (finished && (code === 0 || failed > 0) ? 0 : 1);
console.log(`${passed} passed, ${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;

function npmTest() {
  const npm = npmCli();
  const child = spawn(npm.file, [...npm.args, 'test'], {
    cwd: root,
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
