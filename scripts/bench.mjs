// Runs a benchmark of bench/ on what is built:  npm run bench -- loop [--peers] [--rounds 3] [--jobs a,b]
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const [name, ...options] = process.argv.slice(2);
const file = join(root, 'bench', name ?? '', 'main.mjs');
if (!name || !existsSync(file)) {
  const known = readdirSync(join(root, 'bench')).filter((each) => existsSync(join(root, 'bench', each, 'main.mjs')));
  console.error(`There is no benchmark "${name ?? ''}". One of: ${known.join(', ')}. Example: npm run bench -- loop`);
  process.exit(2);
}
const build = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
if (build.status !== 0) process.exit(1);
process.exit(spawnSync(process.execPath, [file, ...options], { stdio: 'inherit' }).status ?? 1);
