// Cold import cost of every SDK:  node lib/imports.mjs --names capstan,ai [--rounds 9]  -> results/imports.json
// Each sample is `node -e "import(...)"` in a fresh process (disk cache warm), bare node subtracted later.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { median as med, shuffle } from './stats.mjs';
const root = path.resolve(import.meta.dirname, '..');
const i = process.argv.indexOf('--rounds'),
  rounds = i < 0 ? 9 : Number(process.argv[i + 1]);
const names = process.argv[process.argv.indexOf('--names') + 1].split(',');
const metas = Object.fromEntries(
  await Promise.all(names.map(async (n) => [n, (await import(path.join(root, 'adapters', n + '.mjs'))).meta])),
);
const targets = [
  ['(bare node)', [], root],
  ...names
    .filter((n) => metas[n].imports.length)
    .map((n) => [n, metas[n].imports, existsSync(path.join(root, 'sdks', n)) ? path.join(root, 'sdks', n) : root]),
];
const env = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production' };
const code = (imports) =>
  `Promise.all(${JSON.stringify(imports)}.map((s)=>import(s))).then(()=>{const c=process.cpuUsage();process.stdout.write(JSON.stringify({cpuMs:(c.user+c.system)/1000,rssMB:process.memoryUsage.rss()/1048576}));process.exit(0)})`;
function go(cwd, imports, extraEnv = {}, args = []) {
  const t = performance.now();
  const r = spawnSync(process.execPath, [...args, '-e', code(imports)], {
    cwd,
    env: { ...env, ...extraEnv },
    encoding: 'utf8',
  });
  const wallMs = performance.now() - t;
  if (r.status !== 0) throw new Error(r.stderr);
  return { wallMs, ...JSON.parse(/\{"cpuMs"[^}]*\}/.exec(r.stdout)[0]), out: r.stdout };
}
const raw = {};
for (let r = 0; r < rounds; r++)
  for (const [n, imports, cwd] of shuffle(targets)) {
    (raw[n] ??= { plain: [], cached: [] }).plain.push(go(cwd, imports));
    const cache = path.join(root, 'results/.compile-cache', n.replace(/\W/g, '_'));
    mkdirSync(cache, { recursive: true });
    if (r === 0) go(cwd, imports, { NODE_COMPILE_CACHE: cache }); // fill
    raw[n].cached.push(go(cwd, imports, { NODE_COMPILE_CACHE: cache }));
  }
const out = {};
for (const [n, imports, cwd] of targets) {
  const x = raw[n],
    loads = go(cwd, imports, {}, ['--import', path.join(root, 'lib/count-loads.mjs')]);
  const m = /@@LOADS (\d+) (\d+)/.exec(loads.out);
  out[n] = {
    wallMs: +med(x.plain.map((s) => s.wallMs)).toFixed(1),
    cpuMs: +med(x.plain.map((s) => s.cpuMs)).toFixed(1),
    rssMB: +med(x.plain.map((s) => s.rssMB)).toFixed(1),
    cachedWallMs: +med(x.cached.map((s) => s.wallMs)).toFixed(1),
    cachedCpuMs: +med(x.cached.map((s) => s.cpuMs)).toFixed(1),
    modules: Number(m?.[1] ?? 0),
    kB: Math.round(Number(m?.[2] ?? 0) / 1024),
  };
  console.log(n.padEnd(24), JSON.stringify(out[n]));
}
rmSync(path.join(root, 'results/.compile-cache'), { recursive: true, force: true });
writeFileSync(path.join(root, 'results/imports.json'), JSON.stringify(out, null, 1));
