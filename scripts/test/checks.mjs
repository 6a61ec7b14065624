import { join } from 'node:path';
import { root } from '../build/workspace.mjs';
import { runScript } from './run.mjs';

/** Checks that pass or fail as a whole. */
export const checks = {
  format: check('format', 'oxfmt/bin/oxfmt', ['--check']),
  lint: check('lint', 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings', '--report-unused-disable-directives']),
  types: check('types', 'typescript/bin/tsc', ['-p', root, '--pretty']),
  knip: check('knip', 'knip/bin/knip.js', []),
  build: { name: 'build', run: () => verdict(join(root, 'scripts/build.mjs'), []) },
};

function check(name, bin, args) {
  return { name, run: () => verdict(join(root, 'node_modules', bin), args) };
}

async function verdict(script, args) {
  const { code, output } = await runScript(script, args);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, output };
}
