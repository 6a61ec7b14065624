// The agent loop beside the floor (raw fetch, a minimal SSE parser, a hand-written loop), and beside peers on wish.
//   npm run bench -- loop                     Capstan and the floor, 3 rounds
//   npm run bench -- loop --peers             installs the peers into bench/loop/sdks first
//   npm run bench -- loop --jobs text-5000,tools-50 --rounds 5
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const args = process.argv.slice(2);
const jobs =
  'text-5000,paced-1000,pacedconc-50,tools-50,tools-200,tools-400,bigargs-4000,longctx-2000,longctx-8000,concurrent-200,parallel-8';
const peers = ['ai', 'openai-client', 'openai-agents', 'pi', 'langgraph', 'mastra'];
const withDefaults = (options) => [
  ...options,
  ...(options.includes('--rounds') ? [] : ['--rounds', '3']),
  ...(options.includes('--jobs') ? [] : ['--jobs', jobs]),
];

function step(file, options) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'lib', file), ...options], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

const wantsPeers = args.includes('--peers');
const rest = args.filter((each) => each !== '--peers');
if (wantsPeers) step('install.mjs', peers);
step('run.mjs', [...withDefaults(rest), '--sdks', ['raw-fetch', 'capstan', ...(wantsPeers ? peers : [])].join(',')]);
step('imports.mjs', ['--names', ['capstan', ...(wantsPeers ? peers : [])].join(',')]);
step('report.mjs', []);
