#!/usr/bin/env node
// Runs a script of this repository on a machine that has nothing but Node 20+ and npm.
//
// Gets the pinned pnpm, and a newer Node where the running one is too old, from npm into .boot; installs what the
// lockfile names; then runs scripts/<command>.mjs. Only built-in modules here: nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linkNode } from './boot/link-node.mjs';
import { withLock } from './boot/lock.mjs';
import { commandEnv, npmCli } from './boot/npm.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const boot = join(root, '.boot');
const stampFile = join(boot, 'installed');
const pins = JSON.parse(readFileSync(join(root, 'scripts/boot/pins.json'), 'utf8'));
const { pnpm: pnpmVersion, nodeMinimum, nodePackages } = pins;

class BootError extends Error {}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BootError)) throw error;
  console.error(`\n✗ ${error.message}`);
  process.exitCode = 1;
}

async function main([command, ...args]) {
  const commands = readdirSync(join(root, 'scripts'))
    .filter((name) => name.endsWith('.mjs') && name !== 'boot.mjs')
    .map((name) => name.slice(0, -4));
  if (!command || !commands.includes(command)) {
    throw new BootError(`Unknown command "${command ?? ''}". One of: ${commands.join(', ')}. Example: npm run demo`);
  }
  if (major(process.versions.node) < 20) {
    throw new BootError(`Node ${process.version} is too old even to start. Install Node 20 or newer and try again.`);
  }
  if (!installed()) await withLock(join(boot, 'lock'), install, say);
  const { node } = installed();
  if (node !== process.execPath) linkNode(node, join(root, 'node_modules/.bin'));
  return run(node, [join(root, 'scripts', `${command}.mjs`), ...args], { env: environment(node) });
}

/** Installs the tools and the workspace; under the lock, so another process may have done the work meanwhile. */
async function install(onChild) {
  if (installed()) return;
  const startedAt = Date.now();
  await installTools(onChild);
  const node = chooseNode();
  say(`installing packages (${existsSync(join(root, 'node_modules')) ? 'something changed' : 'first run'}) …`);
  const flags = lockCoversPlatform() ? ['--frozen-lockfile'] : ['--no-lockfile'];
  const args = [join(boot, 'node_modules/pnpm/bin/pnpm.mjs'), 'install', ...flags, '--reporter=append-only'];
  const code = await run(node, args, { env: environment(node), onChild });
  if (code !== 0) {
    throw new BootError(
      `pnpm install failed (exit code ${code}); its last lines above say why.\n` +
        '  No network: connect once; later runs work offline. A proxy or registry of your own: set it in ~/.npmrc.\n' +
        '  Otherwise: delete node_modules and .boot, then try again.',
    );
  }
  writeFileSync(stampFile, JSON.stringify({ fingerprint: fingerprint(), node }));
  say(`installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** Installs pnpm and, if needed, Node into .boot with npm. */
async function installTools(onChild) {
  const wanted = { pnpm: pnpmVersion, ...nodeDependency() };
  const missing = Object.keys(wanted).filter((name) => installedVersion(name) !== wanted[name]);
  if (missing.length === 0) return;
  say(`getting ${missing.map((name) => `${name} ${wanted[name]}`).join(' and ')} from npm …`);
  mkdirSync(boot, { recursive: true });
  writeFileSync(join(boot, 'package.json'), JSON.stringify({ private: true, dependencies: wanted }));
  const npm = npmCli();
  // Exact versions need no fresh look at the registry; without a network npm's own patience is many minutes.
  const quick = [
    '--prefer-offline',
    '--fetch-retries=2',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=4000',
  ];
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', ...quick];
  const args = [...npm.args, 'install', '--prefix', boot, ...flags];
  const code = await run(npm.file, args, { env: commandEnv(process.env), shell: npm.shell, onChild });
  if (code !== 0) {
    throw new BootError(
      `npm could not install ${missing.join(' and ')} into ${boot} (exit code ${code}).\n` +
        '  The first run needs the network: check it with "npm ping", then try again.',
    );
  }
}

function nodeDependency() {
  if (isAtLeast(process.versions.node, nodeMinimum)) return {};
  const pinned = nodePackages[`${process.platform}-${process.arch}`];
  return pinned ? { [pinned.name]: pinned.version } : {};
}

function installedVersion(name) {
  try {
    return JSON.parse(readFileSync(join(boot, 'node_modules', name, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** The running Node if it is recent enough, else the one from npm if it runs here (it does not on musl, say). */
function chooseNode() {
  if (isAtLeast(process.versions.node, nodeMinimum)) return process.execPath;
  const [name] = Object.keys(nodeDependency());
  const file = name && join(boot, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (file && spawnSync(file, ['--version']).status === 0) return file;
  throw new BootError(
    `Node ${nodeMinimum} or newer is needed, this is ${process.version}, and npm has none that runs on ` +
      `${process.platform}-${process.arch}. Install it from https://nodejs.org and try again.`,
  );
}

function environment(node) {
  const folders = [dirname(node), join(root, 'node_modules', '.bin'), join(boot, 'node_modules', '.bin')];
  const env = commandEnv(process.env);
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...env, [pathKey]: [...folders, env[pathKey]].filter(Boolean).join(delimiter) };
}

/** What the last install left, or undefined when there is something to install. */
function installed() {
  try {
    const stamp = JSON.parse(readFileSync(stampFile, 'utf8'));
    const present = existsSync(join(root, 'node_modules/.modules.yaml')) && existsSync(stamp.node);
    return present && stamp.fingerprint === fingerprint() ? stamp : undefined;
  } catch {
    return undefined;
  }
}

/** Changes when an install would do something: lockfile, manifests, pins, Node, platform, or the folder was moved. */
function fingerprint() {
  const { platform, arch, version } = process;
  const hash = createHash('sha256').update(JSON.stringify([root, pins, platform, arch, version]));
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...memberManifests()]) {
    hash.update(name).update(readFileSync(join(root, name)));
  }
  return hash.digest('hex');
}

function memberManifests() {
  const members = ['packages', 'examples'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => join(parent, name)),
  );
  const manifests = [...members, 'bench'].map((folder) => join(folder, 'package.json'));
  return manifests.filter((name) => existsSync(join(root, name))).sort();
}

/** Whether the lockfile knows native builds for this platform; where it does not, versions come from the catalog. */
function lockCoversPlatform() {
  const lock = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
  return lock.includes(`@rolldown/binding-${process.platform}-${process.arch}`);
}

function run(file, args, { env, shell = false, onChild }) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, env, shell, stdio: 'inherit', windowsHide: true });
    if (child.pid) onChild?.(child.pid);
    // The terminal signals the whole group; this process stays so that the child can end in its own way.
    const forward = { SIGINT: () => {}, SIGTERM: () => child.kill('SIGTERM'), SIGHUP: () => child.kill('SIGHUP') };
    for (const [signal, listener] of Object.entries(forward)) process.on(signal, listener);
    child.on('error', (error) => reject(new BootError(`Cannot start ${file}: ${error.message}`)));
    child.on('close', (code, signal) => {
      for (const [name, listener] of Object.entries(forward)) process.off(name, listener);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

function isAtLeast(version, minimum) {
  const [a, b] = [version, minimum].map((text) => text.split('.').map(Number));
  return a[0] === b[0] ? a[1] >= b[1] : a[0] > b[0];
}

function major(version) {
  return Number(version.split('.')[0]);
}

function say(text) {
  console.error(`capstan: ${text}`);
}
