// Tables from results/*.jsonl:  node lib/report.mjs [--in results/raw.jsonl] [--floor raw-fetch] [--baseline results/old.jsonl --max 1.15]
// With --baseline, exits 1 when an SDK's ratio to the floor grew by more than --max (a regression gate).
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { median as med } from './stats.mjs';
const root = path.resolve(import.meta.dirname, '..');
const opt = (k, d) => {
  const i = process.argv.indexOf('--' + k);
  return i < 0 ? d : process.argv[i + 1];
};
const floor = opt('floor', 'raw-fetch');
const lines = (f) =>
  existsSync(path.resolve(root, f))
    ? readFileSync(path.resolve(root, f), 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((l) => JSON.parse(l))
    : [];
const f1 = (x) =>
  Number.isNaN(x) || x === undefined
    ? '–'
    : Math.abs(x) >= 100
      ? x.toFixed(0)
      : Math.abs(x) >= 10
        ? x.toFixed(1)
        : x.toFixed(2);

export function summarise(file) {
  const rows = lines(file).filter((r) => !r.error && r.reps.length && !r.reps.some((x) => x.bad));
  const out = {}; // job -> sdk -> {...}
  const per = {}; // job -> round -> sdk -> warm cpu
  for (const r of rows) {
    const warm = r.reps.length > 1 ? r.reps.slice(1) : r.reps;
    const s = {
      warm: med(warm.map((x) => x.cpuMs)),
      cold: r.reps[0].cpuMs,
      wall: med(warm.map((x) => x.wallMs)),
      peak: Math.max(...r.reps.map((x) => x.peakMB)),
      grow: r.reps[0].peakMB - r.reps[0].rss0,
      base: r.load.rssMB,
      loadCpu: r.load.cpuMs,
      bytes: r.reps.at(-1).server.bytes,
      curve: r.reps.at(-1).turnCpuMs,
      coldCurve: r.reps[0].turnCpuMs,
      n: r.n,
    };
    ((out[r.name] ??= {})[r.sdk] ??= []).push(s);
    ((per[r.name] ??= {})[r.round] ??= {})[r.sdk] = s;
  }
  const res = {};
  for (const [job, sdks] of Object.entries(out))
    for (const [sdk, list] of Object.entries(sdks)) {
      const ratios = (k) =>
        Object.values(per[job])
          .filter((x) => x[sdk] && x[floor])
          .map((x) => x[sdk][k] / x[floor][k]);
      const c = list.filter((x) => x.curve);
      const slice = (a, b) => med(c.map((x) => (x.curve[b] - x.curve[a]) / ((b - a) * 10)));
      (res[job] ??= {})[sdk] = {
        samples: list.length,
        warm: med(list.map((x) => x.warm)),
        cold: med(list.map((x) => x.cold)),
        wall: med(list.map((x) => x.wall)),
        peak: med(list.map((x) => x.peak)),
        grow: med(list.map((x) => x.grow)),
        base: med(list.map((x) => x.base)),
        bytes: med(list.map((x) => x.bytes)),
        ratio: med(ratios('warm')),
        coldRatio: med(ratios('cold')),
        wallRatio: med(ratios('wall')),
        n: list[0].n,
        min: Math.min(...list.map((x) => x.warm)),
        max: Math.max(...list.map((x) => x.warm)),
        ...(c.length && c[0].curve.length >= 20
          ? { first: slice(0, 5), last: slice(c[0].curve.length - 6, c[0].curve.length - 1) }
          : {}),
      };
    }
  return res;
}
const res = summarise(opt('in', 'results/raw.jsonl'));
const table = (head, rows) =>
  console.log(
    [
      '| ' + head.join(' | ') + ' |',
      '|' + head.map((_, i) => (i ? '---:' : '---')).join('|') + '|',
      ...rows.map((r) => '| ' + r.join(' | ') + ' |'),
    ].join('\n') + '\n',
  );
const order = (job) => Object.entries(res[job] ?? {}).sort((a, b) => a[1].warm - b[1].warm);

for (const job of Object.keys(res)) {
  const kind = job.split('-')[0];
  const per = {
    text: 'µs/delta',
    paced: 'µs/delta',
    tools: 'ms/turn',
    bigturns: 'ms/turn',
    bigargs: 'µs/delta',
    concurrent: 'µs/delta',
    pacedconc: 'µs/delta',
    longctx: 'ms',
    bigout: 'ms',
    parallel: 'ms',
  }[kind];
  const scale = (s, n) =>
    per === 'µs/delta'
      ? (s * 1000) / (kind === 'concurrent' ? 100_000 : kind === 'pacedconc' ? 10_000 : n)
      : per === 'ms/turn'
        ? s / n
        : s;
  console.log(`### ${job}`);
  const curve = Object.values(res[job]).some((x) => x.first !== undefined);
  table(
    [
      'SDK',
      `CPU ${per} warm`,
      'range',
      '× floor',
      `CPU ${per} cold`,
      'wall ms',
      'peak RSS MB',
      'RSS growth MB',
      'kB sent',
      ...(curve ? ['ms/turn first 50', 'ms/turn last 50'] : []),
      'samples',
    ],
    order(job).map(([sdk, x]) => [
      sdk,
      f1(scale(x.warm, x.n)),
      `${f1(scale(x.min, x.n))}–${f1(scale(x.max, x.n))}`,
      f1(x.ratio),
      f1(scale(x.cold, x.n)),
      f1(x.wall),
      x.peak.toFixed(0),
      x.grow.toFixed(0),
      (x.bytes / 1024).toFixed(0),
      ...(curve ? [f1(x.first), f1(x.last)] : []),
      x.samples,
    ]),
  );
}
// growth: exponent of CPU between two sizes of the same job (1 = linear in the number of deltas/turns)
const growth = [
  ['text-5000', 'text-20000'],
  ['bigargs-1000', 'bigargs-4000'],
  ['tools-50', 'tools-200'],
  ['tools-200', 'tools-400'],
  ['longctx-500', 'longctx-2000'],
  ['longctx-2000', 'longctx-8000'],
].filter(([a, b]) => res[a] && res[b]);
if (growth.length) {
  console.log('### growth exponent (log CPU / log size, warm; 1 = linear)');
  const sdks = [...new Set(growth.flatMap(([, b]) => Object.keys(res[b])))].sort();
  table(
    ['SDK', ...growth.map(([a, b]) => `${a} → ${b.split('-')[1]}`)],
    sdks.map((s) => [
      s,
      ...growth.map(([a, b]) =>
        res[a][s] && res[b][s]
          ? f1(Math.log(res[b][s].warm / res[a][s].warm) / Math.log(res[b][s].n / res[a][s].n))
          : '–',
      ),
    ]),
  );
}
const inst = path.join(root, 'results/install.json'),
  imp = path.join(root, 'results/imports.json');
if (existsSync(inst) && existsSync(imp)) {
  const I = JSON.parse(readFileSync(inst)),
    M = JSON.parse(readFileSync(imp)),
    b = M['(bare node)'];
  console.log(
    '### import and install (bare node subtracted: ' + `${b.wallMs} ms wall, ${b.cpuMs} ms CPU, ${b.rssMB} MB)`,
  );
  table(
    [
      'SDK',
      'import wall ms',
      'import CPU ms',
      'CPU ms with compile cache',
      'RSS MB',
      'modules',
      'source kB',
      'install MB',
      'packages',
      'files',
      'install s',
    ],
    Object.keys(M)
      .filter((n) => n !== '(bare node)')
      .sort((x, y) => M[x].cpuMs - M[y].cpuMs)
      .map((n) => [
        n,
        f1(M[n].wallMs - b.wallMs),
        f1(M[n].cpuMs - b.cpuMs),
        f1(M[n].cachedCpuMs - b.cachedCpuMs),
        f1(M[n].rssMB - b.rssMB),
        M[n].modules,
        M[n].kB,
        I[n]?.MB,
        I[n]?.packages,
        I[n]?.files,
        I[n]?.seconds,
      ]),
  );
}
if (opt('baseline')) {
  const old = summarise(opt('baseline')),
    max = Number(opt('max', 1.15));
  let bad = 0;
  for (const j of Object.keys(res))
    for (const s of Object.keys(res[j])) {
      const o = old[j]?.[s];
      if (!o || s === floor) continue;
      const k = res[j][s].ratio / o.ratio;
      if (k > max) {
        bad++;
        console.log(`REGRESSION ${j} ${s}: ${f1(o.ratio)}x -> ${f1(res[j][s].ratio)}x of the floor`);
      }
    }
  console.log(bad ? `${bad} regressions` : 'no regressions');
  process.exitCode = bad ? 1 : 0;
}
