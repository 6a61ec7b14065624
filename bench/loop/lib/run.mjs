// Interleaved runner:  node lib/run.mjs [--rounds 5] [--jobs a,b] [--sdks a,b] [--out results/raw.jsonl] [--append] [--reps n]
// Every sample is a fresh process; within a round all SDKs of a job run back to back in shuffled order, so that
// ratios can be taken inside a round.
import { fork, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { JOBS } from './jobs.mjs';
import { shuffle } from './stats.mjs';
const root = path.resolve(import.meta.dirname, '..');
const opt = (k, d) => {
  const i = process.argv.indexOf('--' + k);
  return i < 0 ? d : process.argv[i + 1];
};
const rounds = Number(opt('rounds', 5));
const all = readdirSync(path.join(root, 'adapters'))
  .filter((f) => f.endsWith('.mjs'))
  .map((f) => f.slice(0, -4));
const builtIn = ['raw-fetch', 'capstan'];
const sdks =
  opt('sdks')?.split(',') ??
  all.filter((n) => builtIn.includes(n) || existsSync(path.join(root, 'sdks', n, 'adapter.mjs')));
const jobs = opt('jobs')?.split(',') ?? Object.keys(JOBS);
const out = path.resolve(root, opt('out', 'results/raw.jsonl'));
mkdirSync(path.dirname(out), { recursive: true });
if (!process.argv.includes('--append')) writeFileSync(out, '');

const server = fork(path.join(root, 'lib/mock-server.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
const { port } = await new Promise((r) => server.once('message', r));
const baseURL = `http://127.0.0.1:${port}`;
const env = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NODE_ENV: 'production',
  NO_COLOR: '1',
  OPENAI_API_KEY: 'sk-mock',
  OPENAI_AGENTS_DISABLE_TRACING: '1',
  MASTRA_TELEMETRY_DISABLED: '1',
  LANGSMITH_TRACING: 'false',
  LANGCHAIN_TRACING_V2: 'false',
};

function sample(spec, extra = []) {
  return new Promise((resolve) => {
    const p = spawn(
      process.execPath,
      ['--expose-gc', ...extra, path.join(root, 'lib/worker.mjs'), JSON.stringify(spec)],
      { env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let o = '',
      e = '';
    p.stdout.on('data', (d) => (o += d));
    p.stderr.on('data', (d) => (e += d));
    const kill = setTimeout(() => p.kill('SIGKILL'), 180_000);
    p.on('close', (code) => {
      clearTimeout(kill);
      const line = o.split('\n').find((l) => l.startsWith('@@'));
      resolve(line ? JSON.parse(line.slice(2)) : { ...spec, reps: [], error: (e || o || `exit ${code}`).slice(-1500) });
    });
  });
}

let failures = 0;
for (let round = 0; round < rounds; round++)
  for (const name of jobs)
    for (const sdk of shuffle(sdks)) {
      const r = await sample({
        sdk,
        name,
        round,
        baseURL,
        ...JOBS[name],
        ...(opt('reps') ? { reps: Number(opt('reps')) } : {}),
      });
      r.load1 = os.loadavg()[0];
      appendFileSync(out, JSON.stringify(r) + '\n');
      const bad = r.error ?? r.reps.find((x) => x.bad)?.bad?.join('; ');
      if (bad) failures++;
      const last = r.reps.at(-1);
      console.log(
        `r${round} ${name.padEnd(15)} ${sdk.padEnd(24)} ${bad ? 'FAIL ' + bad : `cpu ${r.reps[0].cpuMs.toFixed(0)} cold / ${last.cpuMs.toFixed(1)} ms  wall ${last.wallMs.toFixed(0)} ms  peak ${r.reps[0].peakMB.toFixed(0)} MB  deltas ${last.deltas}`}`,
      );
    }
server.kill();
console.log(failures ? `${failures} FAILED samples` : 'all samples verified');
process.exit(failures ? 1 : 0);
