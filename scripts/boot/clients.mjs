// Installs the programs of other makers that the relay and our MCP server are tested with, outside of the workspace:
// they are large.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { commandEnv, npmCli } from './npm.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const boot = join(root, '.boot');
const folder = join(boot, 'clients');
const limitMs = 180_000;
/** What puts a program in its place; scripts that would compile something are not called. */
const finishing = ['@anthropic-ai/claude-code/install.cjs', 'opencode-ai/postinstall.mjs'];

/** The folder of their programs. Installs them where the pinned versions are not there; throws where it cannot. */
export async function installClients() {
  const { clients } = JSON.parse(readFileSync(join(root, 'scripts/boot/pins.json'), 'utf8'));
  const stamp = JSON.stringify(clients);
  const bin = join(folder, 'node_modules/.bin');
  await withLock(join(boot, 'clients-lock'), async () => install(clients, stamp), console.log);
  return bin;
}

function install(clients, stamp) {
  const stampFile = join(folder, 'installed');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.log('getting the programs of other makers that are tested with …');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: clients }));
  const npm = npmCli();
  const { status } = spawnSync(
    npm.file,
    [...npm.args, 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: folder,
      env: commandEnv(process.env),
      shell: npm.shell,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: limitMs,
    },
  );
  if (status !== 0) throw new Error('The programs of other makers cannot be installed.');
  for (const script of finishing) finish(join(folder, 'node_modules', script));
  writeFileSync(stampFile, stamp);
}

function finish(script) {
  const { status } = spawnSync(process.execPath, [script], { cwd: dirname(script), stdio: 'ignore', timeout: limitMs });
  if (status !== 0) throw new Error(`${script} failed.`);
}
