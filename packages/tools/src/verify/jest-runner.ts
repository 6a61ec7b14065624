import { join } from 'node:path';
import { literal, reportName, type TestRunner } from './test-runner.ts';

// Runs inside Jest (24 and later).
const reporter = `
const { appendFileSync } = require('node:fs');
const { inspect } = require('node:util');
const write = (entry) => appendFileSync(process.env.CAPSTAN_REPORT, JSON.stringify(entry) + '\\n');
const plain = (text) => String(text).replace(/\\x1b\\[[0-9;]*m/g, '');
const status = { passed: 'passed', failed: 'failed' };
module.exports = class {
  onTestResult(_, { testFilePath: file, testResults, testExecError, failureMessage }) {
    if (testExecError) write({ error: plain(failureMessage || testExecError.stack || testExecError.message), file });
    for (const each of testResults) {
      const entry = { suite: each.ancestorTitles, test: each.title, file, status: status[each.status] ?? 'skipped', durationMs: each.duration ?? undefined, line: each.location?.line };
      if (each.status === 'failed') {
        const text = plain(each.failureMessages[0] ?? 'failed');
        const stack = text.search(/\\n\\s+at /);
        entry.message = stack < 0 ? text : text.slice(0, stack);
        const frame = text.split('\\n').find((line) => /^\\s+at /.test(line) && line.includes(file));
        const at = frame && /:(\\d+):\\d+\\)?$/.exec(frame);
        if (at) entry.line = Number(at[1]);
        const result = each.failureDetails?.[0]?.matcherResult ?? each.failureDetails?.[0];
        if (result && 'expected' in result) entry.expected = typeof result.expected === 'string' ? result.expected : inspect(result.expected, { depth: 6 });
        if (result && 'actual' in result) entry.actual = typeof result.actual === 'string' ? result.actual : inspect(result.actual, { depth: 6 });
      }
      write(entry);
    }
  }
  onRunComplete(_, results) {
    if (results.runExecError) write({ error: plain(results.runExecError.stack ?? results.runExecError.message) });
  }
};
`;

/** Jest, by a reporter of our own, which also tells of a run that is stopped half way. */
export const jestRunner: TestRunner = {
  name: 'jest',
  detect: (project) =>
    project.packages.has('jest') ||
    project.names(/^jest\.config\./).length > 0 ||
    'jest' in project.manifest ||
    /\bjest\b/.test(project.scripts.test ?? ''),
  files: /\.[cm]?[jt]sx?$/,
  plan({ files, name, reports }) {
    const shown = [
      ...(name === undefined ? [] : ['--testNamePattern', literal(name)]),
      ...(files.length > 0 ? ['--runTestsByPath', ...files] : []),
    ];
    const words = [
      '--ci',
      '--testLocationInResults',
      '--reporters=default',
      `--reporters=${join(reports, 'reporter.cjs')}`,
      ...shown,
    ];
    return {
      program: 'jest',
      words,
      shown,
      reporter: { name: 'reporter.cjs', text: reporter },
      env: { CAPSTAN_REPORT: join(reports, reportName) },
    };
  },
};
