// Creates sdks/<name>/ for every adapter: package.json from adapter.meta, a clean `npm install`, and a copy of
// the adapter next to it.  Also measures install time, size and package count -> results/install.json
//   node lib/install.mjs [--force] [name ...]
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
const root = path.resolve(import.meta.dirname, '..');
const args = process.argv.slice(2),
  force = args.includes('--force'),
  only = args.filter((a) => !a.startsWith('--'));
const names = readdirSync(path.join(root, 'adapters'))
  .filter((f) => f.endsWith('.mjs'))
  .map((f) => f.slice(0, -4))
  .filter((n) => !only.length || only.includes(n));
const file = path.join(root, 'results/install.json');
mkdirSync(path.dirname(file), { recursive: true });
const out = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
for (const name of names) {
  const { meta } = await import(path.join(root, 'adapters', name + '.mjs'));
  const dir = path.join(root, 'sdks', name);
  mkdirSync(dir, { recursive: true });
  const pkg = JSON.stringify(
    {
      private: true,
      type: 'module',
      dependencies: meta.packages,
      ...(meta.overrides ? { overrides: { ...meta.overrides } } : {}),
    },
    null,
    1,
  );
  const same =
    existsSync(path.join(dir, 'package.json')) && readFileSync(path.join(dir, 'package.json'), 'utf8') === pkg;
  if (Object.keys(meta.packages).length && (force || !same || !existsSync(path.join(dir, 'node_modules')))) {
    rmSync(path.join(dir, 'node_modules'), { recursive: true, force: true });
    rmSync(path.join(dir, 'package-lock.json'), { force: true });
    writeFileSync(path.join(dir, 'package.json'), pkg);
    const t = performance.now();
    const r = spawnSync(
      'timeout',
      ['180', 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'],
      { cwd: dir, encoding: 'utf8' },
    );
    if (r.status !== 0) {
      console.error(name, 'install failed\n', r.stdout, r.stderr);
      process.exitCode = 1;
      continue;
    }
    const kb = Number(spawnSync('du', ['-sk', 'node_modules'], { cwd: dir, encoding: 'utf8' }).stdout.split('\t')[0]);
    const lock = JSON.parse(readFileSync(path.join(dir, 'node_modules/.package-lock.json'), 'utf8')).packages;
    const files = Number(
      spawnSync('sh', ['-c', 'find node_modules -type f | wc -l'], { cwd: dir, encoding: 'utf8' }).stdout,
    );
    const versions = Object.fromEntries(Object.keys(meta.packages).map((p) => [p, lock['node_modules/' + p]?.version]));
    out[name] = {
      seconds: +((performance.now() - t) / 1000).toFixed(1),
      MB: +(kb / 1024).toFixed(1),
      packages: Object.keys(lock).length,
      files,
      versions,
    };
    console.log(name, JSON.stringify(out[name]));
  } else if (!Object.keys(meta.packages).length) {
    writeFileSync(path.join(dir, 'package.json'), pkg);
    out[name] = { seconds: 0, MB: 0, packages: 0, files: 0, versions: {} };
  }
  cpSync(path.join(root, 'adapters', name + '.mjs'), path.join(dir, 'adapter.mjs'));
  for (const s of meta.shares ?? []) cpSync(path.join(root, 'adapters', s), path.join(dir, s));
}
writeFileSync(file, JSON.stringify(out, null, 1));
