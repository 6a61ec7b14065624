import { join } from 'node:path';
import { literal, reportName, type TestRunner } from './test-runner.ts';

// Runs inside Vitest. From version 3 on it gives tests through onTestRunEnd, before through onFinished.
const reporter = `
import { appendFileSync } from 'node:fs';
const report = process.env.CAPSTAN_REPORT;
const write = (entry) => appendFileSync(report, JSON.stringify(entry) + '\\n');
const text = (value) => (value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value));
function failure(errors, file) {
  const error = errors?.[0];
  if (!error) return {};
  const frames = error.stacks ?? [];
  const frame = frames.find((each) => each.file === file) ?? frames[0];
  return { message: (error.name && !String(error.message).startsWith(error.name) ? error.name + ': ' : '') + error.message,
    expected: text(error.expected), actual: text(error.actual), line: frame?.line };
}
const status = (state) => (state === 'fail' || state === 'failed' ? 'failed' : state === 'pass' || state === 'passed' ? 'passed' : 'skipped');
let done = false;
export default class {
  onTestRunEnd(modules, unhandled) {
    done = true;
    for (const module of modules) {
      const file = module.moduleId;
      for (const error of module.errors()) write({ error: error.stack ?? error.message, file });
      for (const suite of module.children.allSuites?.() ?? []) for (const error of suite.errors?.() ?? []) write({ error: suite.fullName + ': ' + error.message, file });
      for (const test of module.children.allTests()) {
        const suite = [];
        for (let parent = test.parent; parent && parent.type === 'suite'; parent = parent.parent) suite.unshift(parent.name);
        const result = test.result();
        const found = failure(result.errors, file);
        write({ suite, test: test.name, file, line: test.location?.line, status: status(result.state), durationMs: test.diagnostic()?.duration,
          ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) });
      }
    }
    for (const error of unhandled ?? []) write({ error: error.stack ?? String(error.message) });
  }
  onFinished(files, errors) {
    if (done) return;
    const walk = (task, suite, file) => {
      if (task.type === 'suite') return (task.tasks ?? []).forEach((each) => walk(each, task === file ? suite : [...suite, task.name], file));
      const found = failure(task.result?.errors, file.filepath);
      write({ suite, test: task.name, file: file.filepath, line: task.location?.line, status: status(task.result?.state), durationMs: task.result?.duration,
        ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) });
    };
    for (const file of files ?? []) {
      for (const error of file.result?.errors ?? []) write({ error: error.stack ?? error.message, file: file.filepath });
      for (const task of file.tasks ?? []) walk(task, [], file);
    }
    for (const error of errors ?? []) write({ error: error.stack ?? String(error.message) });
  }
}
`;

/** Vitest, by a reporter of our own: its JSON report has no expected and actual values. */
export const vitestRunner: TestRunner = {
  name: 'vitest',
  detect: (project) =>
    project.packages.has('vitest') ||
    project.names(/^vitest\.(config|workspace)\./).length > 0 ||
    /\bvitest\b/.test(project.scripts.test ?? ''),
  files: /\.[cm]?[jt]sx?$/,
  plan({ project, files, name, reports }) {
    const named = name === undefined ? [] : ['--testNamePattern', literal(name)];
    const shown = ['run', ...files, ...named];
    // It takes every file whose path contains a word; a whole path fits one only.
    const whole = files.map((file) => join(project.folder, file));
    const words = [
      'run',
      ...whole,
      ...named,
      '--includeTaskLocation',
      '--reporter=default',
      `--reporter=${join(reports, 'reporter.mjs')}`,
    ];
    return {
      program: 'vitest',
      words,
      shown,
      reporter: { name: 'reporter.mjs', text: reporter },
      env: { CAPSTAN_REPORT: join(reports, reportName) },
    };
  },
};
