import { spawnSync } from 'node:child_process';

/**
 * Installs a package of the system where Debian's can be had and the machine is ours, as in a container; on a person's
 * machine nothing is installed unasked.
 */
export function installPackage(name, title) {
  if (process.getuid?.() !== 0) throw new Error(`${title} is not installed.`);
  console.log(`${title} is not installed; getting it from the packages of the system …`);
  for (const words of [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', name],
  ]) {
    const [file, ...args] = words;
    const { status } = spawnSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'], timeout: 240_000 });
    if (status !== 0) throw new Error(`${title} cannot be installed: "${words.join(' ')}" failed.`);
  }
}
