// Where the CPU goes:  node lib/profile.mjs --job text-5000 [--sdks ai,raw-fetch] [--reps 8] [--top 12]
// Profiles the warm repetitions, sums self time by package and by function -> results/profiles/*.cpuprofile (open in DevTools) and *.txt
import { fork, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { JOBS } from './jobs.mjs';
const root = path.resolve(import.meta.dirname, '..');
const opt = (k, d) => {
  const i = process.argv.indexOf('--' + k);
  return i < 0 ? d : process.argv[i + 1];
};
const job = opt('job', 'text-5000'),
  reps = Number(opt('reps', 8)),
  top = Number(opt('top', 12));
const sdks = opt('sdks')?.split(',') ?? ['raw-fetch', 'capstan'];
const dir = path.join(root, 'results/profiles');
mkdirSync(dir, { recursive: true });
const server = fork(path.join(root, 'lib/mock-server.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const { port } = await new Promise((r) => server.once('message', r));

const group = (f) => {
  if (f.functionName === '(garbage collector)') return '(gc)';
  if (f.functionName === '(program)') return '(native/program)';
  if (f.functionName === '(idle)') return '(idle)';
  const u = f.url;
  let m;
  if ((m = [...u.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].pop())) return m[1];
  if (u.includes('undici')) return 'node: undici/fetch';
  if (u.includes('webstreams')) return 'node: web streams';
  if (u.includes('async_local_storage') || u.includes('async_context')) return 'node: AsyncLocalStorage';
  if (u.startsWith('node:')) return 'node: other (' + u.replace('node:internal/', '').split('/')[0] + ')';
  if (u.includes('adapter.mjs') || u.includes('/sdks/')) return 'adapter';
  return u ? path.basename(u) : 'v8 builtins';
};
for (const sdk of sdks) {
  const file = path.join(dir, `${job}.${sdk}.cpuprofile`);
  const r = spawnSync(
    process.execPath,
    [
      '--expose-gc',
      path.join(root, 'lib/worker.mjs'),
      JSON.stringify({ sdk, name: job, baseURL: `http://127.0.0.1:${port}`, ...JOBS[job], reps, profile: file }),
    ],
    {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NODE_ENV: 'production',
        OPENAI_AGENTS_DISABLE_TRACING: '1',
        MASTRA_TELEMETRY_DISABLED: '1',
      },
      timeout: 240_000,
    },
  );
  if (r.status) {
    console.error(sdk, r.stderr);
    continue;
  }
  const p = JSON.parse(readFileSync(file, 'utf8')),
    self = new Map(p.nodes.map((n) => [n.id, 0]));
  p.samples.forEach((id, i) => self.set(id, self.get(id) + (p.timeDeltas[i] ?? 0)));
  const by = new Map(),
    fn = new Map();
  let total = 0;
  for (const n of p.nodes) {
    const t = self.get(n.id);
    if (!t) continue;
    const g = group(n.callFrame);
    if (g === '(idle)' || g.includes('node:inspector')) continue;
    total += t;
    by.set(g, (by.get(g) ?? 0) + t);
    const k = `${n.callFrame.functionName || '(anonymous)'}  ${g}${n.callFrame.url ? ` ${path.basename(n.callFrame.url)}:${n.callFrame.lineNumber + 1}` : ''}`;
    fn.set(k, (fn.get(k) ?? 0) + t);
  }
  const fmt = (m, k) =>
    [...m]
      .sort((a, b) => b[1] - a[1])
      .slice(0, k)
      .map(([n, t]) => `  ${((100 * t) / total).toFixed(1).padStart(5)}%  ${n}`)
      .join('\n');
  const text = `== ${job} ${sdk}: ${(total / 1000 / (reps - 1)).toFixed(1)} ms busy on the main thread per run\nby package\n${fmt(by, top)}\nby function (self)\n${fmt(fn, top)}\n`;
  writeFileSync(file.replace('.cpuprofile', '.txt'), text);
  console.log(text);
}
server.kill();
process.exit(0);
