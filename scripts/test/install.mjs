import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandEnv, npmCli } from '../boot/npm.mjs';
import { root } from '../build/workspace.mjs';
import { packedPackages } from './pack.mjs';
import { run, runScript } from './run.mjs';

const snippets = join(root, 'examples/snippets/src');

/** Installs the packed packages into an empty folder with npm, as a user would, and runs what the README shows. */
export const installCheck = {
  name: 'install',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'capstan-install-'));
    try {
      return await checkInstall(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function checkInstall(folder) {
  const packages = await packedPackages();
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true }));
  const installed = await npmInstall(
    folder,
    packages.map(({ tarball }) => tarball),
  );
  if (installed.code !== 0) return { passed: 0, failed: 1, output: `npm install failed:\n${installed.output}` };

  const subpaths = packages.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports ?? {})
      .filter((path) => !path.endsWith('.json'))
      .map((path) => name + path.slice(1)),
  );
  writeFileSync(join(folder, 'all.mjs'), subpaths.map((name) => `await import('${name}');\n`).join(''));
  writeFileSync(join(folder, 'all.cjs'), subpaths.map((name) => `require('${name}');\n`).join(''));
  for (const name of ['embed.mts', 'embed.cjs']) cpSync(join(snippets, name), join(folder, name));
  cpSync(join(root, 'examples/demo-repo'), join(folder, 'project'), { recursive: true });

  const project = join(folder, 'project');
  const capstan = join(folder, 'node_modules/capstan/bin/capstan.mjs');
  const patched = /done; patches to keep or roll back: [0-9A-Z]{26}/;
  const tries = [
    ['every subpath imports as ESM', join(folder, 'all.mjs'), []],
    ['every subpath requires as CommonJS', join(folder, 'all.cjs'), []],
    ['the README example improves a project as ESM', join(folder, 'embed.mts'), [], patched],
    ['what it changed is taken back', capstan, ['patch', 'rollback']],
    ['the README example improves a project as CommonJS', join(folder, 'embed.cjs'), [], patched],
    ['the command names its version', capstan, ['--version'], /^\d+\.\d+\.\d+/],
    ...commandTries(capstan),
  ];
  const env = { ...process.env, CAPSTAN_CONFIG_HOME: join(folder, 'settings') };
  const failures = [];
  for (const [claim, script, args, expected = /^/] of tries) {
    const { code, output } = await runScript(script, args, { cwd: project, env, limitMs: 120_000 });
    if (code !== 0 || !expected.test(output)) failures.push(`${claim}: exit code ${code}\n${output}`);
  }
  const checks = tries.length + 1;
  return { passed: checks - failures.length, failed: failures.length, output: failures.join('\n') };
}

/** The command is one bundle: each part of it that loads something only when it is needed is called once. */
function commandTries(capstan) {
  const own = [process.execPath, capstan, 'mcp', 'serve'];
  return [
    ['the command indexes a repository', capstan, ['index'], /files, \d+ symbols/],
    ['the command explains a file', capstan, ['explain', 'src/entry.ts'], /src\/entry\.ts/],
    [
      'the command renames by the language service',
      capstan,
      ['refactor', 'rename', 'src/pages.ts#topPages', 'mostWanted'],
      /mostWanted/,
    ],
    ['the command tells the stack', capstan, ['stack'], /npm test/],
    ['the command lists prompts', capstan, ['prompt', 'list'], /prompt/],
    ['the command prints its schema', capstan, ['schema'], /"\$schema"/],
    ['the command takes in an MCP server', capstan, ['mcp', 'add', 'own', '--', ...own]],
    ['the command serves MCP, to itself', capstan, ['mcp', 'test', 'own'], /own__read/],
    ['the command shows its telemetry', capstan, ['telemetry', 'show'], /off/],
    ['the command judges a line', capstan, ['policy', 'guard', '--command', 'ls'], /allow/],
    [
      'the command runs a task without a key',
      capstan,
      ['run', '--model', 'practice', '--quiet', 'Run the tests.'],
      /pass/,
    ],
  ];
}

function npmInstall(folder, tarballs) {
  const npm = npmCli();
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  mkdirSync(folder, { recursive: true });
  return run(npm.file, [...npm.args, 'install', ...flags, ...tarballs], { cwd: folder, env: commandEnv(process.env) });
}
