// The command line as a user has it, packed and installed: start, one tool turn, the terminal UI, size.
//   npm run bench -- cli [--rounds 9] [--peers] [--seconds 8] [--updates 200]
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { installOurs, installPeer } from './lib/install.mjs';
import { cpuMs, median, peakMegabytes, timed } from './lib/measure.mjs';
import { openTerminal } from './lib/terminal.mjs';
import { startVendor } from './lib/vendor.mjs';

const option = (name, value) => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? value : Number(process.argv[at + 1]);
};
const rounds = option('rounds', 9);
const seconds = option('seconds', 8);
const perSecond = option('updates', 200);
const peers = ['@openai/codex', '@google/gemini-cli', 'opencode-ai', '@anthropic-ai/claude-code'];

const folder = mkdtempSync(join(tmpdir(), 'bench-cli-'));
const repository = join(folder, 'repository');
mkdirSync(repository);
writeFileSync(join(repository, 'a.txt'), 'one\n');
execFileSync('git', ['init', '-q'], { cwd: repository });
const base = { PATH: process.env.PATH, HOME: folder, USER: 'bench', LANG: 'C.UTF-8', TERM: 'xterm-256color' };

const rows = [];
/** Writes a row down; `most` is the goal. */
function row(what, value, unit, most) {
  const goal = most === undefined ? '' : `${value <= most ? '≤' : '**over**'} ${most}`;
  rows.push(`| ${what} | ${value.toFixed(value < 10 ? 1 : 0)} ${unit} | ${goal} |`);
}

function medianOf(command, options) {
  const runs = Array.from({ length: rounds }, () => timed(command, options));
  return { cpuMs: median(runs.map((run) => run.cpuMs)), wallMs: median(runs.map((run) => run.wallMs)) };
}

function measureStart({ bin }, floor) {
  for (const flag of ['--version', '--help']) {
    timed([bin, flag], { cwd: repository, env: base });
    const { cpuMs: cpu } = medianOf([bin, flag], { cwd: repository, env: base });
    row(`\`${flag}\`, processor time over bare Node (${floor.cpuMs.toFixed(0)} ms)`, cpu - floor.cpuMs, 'ms', 60);
  }
}

async function measureTurn({ bin }) {
  const vendor = await startVendor(({ messages }) =>
    messages.at(-1).role === 'tool' ? { pieces: ['Done.'] } : { call: { name: 'read', input: { path: 'a.txt' } } },
  );
  try {
    const env = { ...base, OPENAI_API_KEY: 'none', OPENAI_BASE_URL: vendor.url };
    const command = [bin, 'run', 'read a.txt'];
    // In another process: this one must answer meanwhile.
    const run = () => timedApart(command, { cwd: repository, env });
    await run();
    const runs = [];
    for (let round = 0; round < rounds; round += 1) runs.push(await run());
    row('one tool turn, processor time', median(runs.map((each) => each.cpuMs)), 'ms', 300);
    row('one tool turn, wall time', median(runs.map((each) => each.wallMs)), 'ms');
    row('one tool turn, most memory', await peakMegabytes(command, { cwd: repository, env }), 'MiB', 120);
  } finally {
    vendor.close();
  }
}

function timedApart(command, { cwd, env }) {
  const script = 'TIMEFORMAT="%U %S %R"; { time "$@" >/dev/null 2>/dev/null; } 2>&1';
  const child = spawn('bash', ['-c', script, '_', ...command], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  return new Promise((done) =>
    child.once('close', () => {
      const [user, system, wall] = said.trim().split(/\s+/).map(Number);
      done({ cpuMs: (user + system) * 1000, wallMs: wall * 1000 });
    }),
  );
}

/** From the start to the line that names mode and model, in a pseudo-terminal. */
function ready({ bin }, env) {
  return new Promise((done, fail) => {
    const start = performance.now();
    const child = spawn('script', ['-qfec', `stty cols 100 rows 40; exec ${bin}`, '/dev/null'], {
      cwd: repository,
      env,
      stdio: 'pipe',
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (!said.includes('auto-edit')) return;
      done({ wallMs: performance.now() - start, cpuMs: cpuMs(child.pid) });
      child.kill('SIGHUP');
    });
    child.once('close', () => fail(new Error(`It ended before it was ready: ${said}`)));
  });
}

async function measureUi(ours) {
  const words = Array.from({ length: perSecond * seconds }, (_, at) => `w${at}${at % 12 === 11 ? '\n' : ' '}`);
  const vendor = await startVendor(() => ({ pieces: words, perSecond }));
  const env = {
    ...base,
    OPENAI_API_KEY: 'none',
    OPENAI_BASE_URL: vendor.url,
    CAPSTAN_CONFIG_HOME: join(folder, 'home'),
  };
  const starts = [];
  for (let round = 0; round < rounds; round += 1) starts.push(await ready(ours, env));
  row('terminal UI, wall time until it can be typed in', median(starts.map((each) => each.wallMs)), 'ms', 250);
  row('the same, processor time', median(starts.map((each) => each.cpuMs)), 'ms');
  const terminal = openTerminal([ours.bin], { cwd: repository, env });
  try {
    await terminal.shows('auto-edit');
    await pause(1500);
    const idle = cpuMs(terminal.pid);
    await pause(5000);
    row('terminal UI, idle, share of a core', ((cpuMs(terminal.pid) - idle) / 5000) * 100, '%', 0.5);
    terminal.type('go');
    terminal.press('Enter');
    // What is loaded for the first turn is no part of how it streams.
    await terminal.shows('w20');
    const before = cpuMs(terminal.pid);
    const start = performance.now();
    await terminal.shows(`w${words.length - 1}`, (seconds + 20) * 1000);
    const took = performance.now() - start;
    const share = ((cpuMs(terminal.pid) - before) / took) * 100;
    row(`terminal UI, ${perSecond} updates a second for ${seconds} s, share of a core`, share, '%', 10);
    await pause(500);
    const shown = [...terminal.text(true).matchAll(/\bw(\d+)\b/g)].map((match) => Number(match[1]));
    const right = shown.length === words.length && shown.every((word, at) => word === at);
    row(
      'the same, words that are missing, doubled or out of order when scrolled back',
      right ? 0 : Math.max(1, Math.abs(words.length - shown.length)),
      '',
      0,
    );
  } finally {
    terminal.close();
    vendor.close();
  }
}

function comparePeers() {
  const lines = ['', '| peer | `--version` ms (cpu) | `--help` ms (cpu) | installed MB |', '| --- | --- | --- | --- |'];
  for (const name of peers) {
    const peer = installPeer(name);
    if (!peer) continue;
    const cells = ['--version', '--help'].map((flag) => {
      timed([peer.bin, flag], { cwd: repository, env: base });
      const { wallMs, cpuMs: cpu } = medianOf([peer.bin, flag], { cwd: repository, env: base });
      return `${wallMs.toFixed(0)} (${cpu.toFixed(0)})`;
    });
    lines.push(`| ${peer.name} | ${cells.join(' | ')} | ${peer.megabytes.toFixed(0)} |`);
  }
  return lines;
}

try {
  const ours = await installOurs();
  const floor = medianOf([process.execPath, '-e', '0'], { cwd: repository, env: base });
  measureStart(ours, floor);
  await measureTurn(ours);
  if (spawnSync('tmux', ['-V']).status === 0) await measureUi(ours);
  row('installed, with all that it needs', ours.megabytes, 'MB', 60);
  console.log(['| what | middle | goal |', '| --- | --- | --- |', ...rows].join('\n'));
  if (process.argv.includes('--peers')) {
    const { wallMs, cpuMs: cpu } = medianOf([ours.bin, '--version'], { cwd: repository, env: base });
    const help = medianOf([ours.bin, '--help'], { cwd: repository, env: base });
    const own = `| capstan | ${wallMs.toFixed(0)} (${cpu.toFixed(0)}) | ${help.wallMs.toFixed(0)} (${help.cpuMs.toFixed(0)}) | ${ours.megabytes.toFixed(0)} |`;
    console.log([...comparePeers(), own].join('\n'));
  }
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
