import { execFileSync } from 'node:child_process';
import { existsSync, globSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandEnv, npmCli } from '../../../scripts/boot/npm.mjs';
import { packedPackages } from '../../../scripts/test/pack.mjs';

const root = join(import.meta.dirname, '../../..');
const cache = join(root, 'node_modules/.cache/capstan-bench/cli');

/** Installs the packed command into an empty folder, as a user would. Gives its folder and how large it is. */
export async function installOurs() {
  const { tarball, name } = (await packedPackages()).find((one) => one.name === 'capstan');
  const folder = join(cache, name);
  rmSync(folder, { recursive: true, force: true });
  install(folder, [tarball]);
  return { name, bin: join(folder, 'node_modules/.bin/capstan'), megabytes: megabytes(folder) };
}

/** Installs a command of others; `undefined` where that does not work here. */
export function installPeer(name) {
  const folder = join(cache, name.replaceAll('/', '+'));
  try {
    if (!existsSync(join(folder, 'installed'))) {
      install(folder, [name]);
      writeFileSync(join(folder, 'installed'), '');
    }
    const own = join(folder, 'node_modules', name, 'package.json');
    const { version, bin } = JSON.parse(readFileSync(own, 'utf8'));
    const command = typeof bin === 'string' ? name.split('/').at(-1) : Object.keys(bin)[0];
    return {
      name: `${name} ${version}`,
      bin: join(folder, 'node_modules/.bin', command),
      megabytes: megabytes(folder),
    };
  } catch (cause) {
    console.error(`${name} cannot be installed: ${String(cause.message).split('\n')[0]}`);
    return undefined;
  }
}

function install(folder, what) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const npm = npmCli();
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync(npm.file, [...npm.args, 'install', ...flags, ...what], {
    cwd: folder,
    env: commandEnv(process.env),
    shell: npm.shell,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 300_000,
  });
}

/** What lies on the disk below a folder, in blocks as the disk gives them. */
function megabytes(folder) {
  const files = globSync('node_modules/**', { cwd: folder });
  const blocks = files.reduce((sum, file) => sum + lstatSync(join(folder, file)).blocks, 0);
  return (blocks * 512) / 1e6;
}
