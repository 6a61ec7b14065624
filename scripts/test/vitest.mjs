import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../build/workspace.mjs';
import { resultFile } from './result-file.mjs';
import { runScript } from './run.mjs';

/** All Vitest tests (unit, integration, end to end), with coverage. */
export const vitest = {
  name: 'vitest',
  async run() {
    const report = join(dirname(resultFile), 'vitest.json');
    rmSync(report, { force: true });
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const args = ['run', '--coverage', ...reporters];
    // The command line is tested as it was built a moment ago, which also starts faster than its source.
    const env = { ...process.env, CAPSTAN_TEST_BUILT: join(root, 'examples/cli/bin/capstan.mjs') };
    const { code } = await runScript(join(root, 'node_modules/vitest/vitest.mjs'), args, {
      env,
      live: true,
      limitMs: 40 * 60_000,
    });
    const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = readReport(report);
    // A file that does not load and an unhandled error have no test to be counted by.
    const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
    const failed = numFailedTests + broken;
    const output = code === 0 ? '' : `Vitest ended with code ${code}; its report is above.`;
    return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped: numPendingTests + numTodoTests, output };
  },
};

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}
