import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const cli = [
  '--disable-warning=ExperimentalWarning',
  '--conditions=@capstan/source',
  join(root, 'examples/cli/src/main.ts'),
];

/** Every file of a folder with its bytes, without what Git and Capstan keep. */
function snapshot(folder: string, under = ''): Record<string, string> {
  const entries = readdirSync(join(folder, under), { withFileTypes: true });
  const files = entries.flatMap((entry) => {
    const path = `${under}${entry.name}`;
    if (path === '.git' || path === '.capstan') return [];
    if (entry.isDirectory()) return Object.entries(snapshot(folder, `${path}/`));
    return [[path, readFileSync(join(folder, path)).toString('base64')] as const];
  });
  return Object.fromEntries(files);
}

/** Runs the agent on a folder and ends it with a signal as soon as its events match. */
async function runUntil(folder: string, moment: RegExp, signal: NodeJS.Signals): Promise<string> {
  const args = [
    ...cli,
    'run',
    'make it faster',
    '--stream-json',
    '--mode',
    'auto-edit',
    '--model',
    'practice',
    '--cwd',
    folder,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (moment.test(output) && child.exitCode === null && child.pid !== undefined) end(child.pid, signal);
  });
  await once(child, 'close');
  return output;
}

/** The whole group, as a terminal does; it may be gone already. */
function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {}
}

// Windows has no process groups to kill.
test.skipIf(process.platform === 'win32').each([
  ['before anything', /"run\.started"/, 'SIGKILL'],
  ['while it is about to change a file', /"tool\.decided"[^\n]*apply_opportunity/, 'SIGKILL'],
  ['while it changes a file', /"tool\.started"[^\n]*apply_opportunity/, 'SIGKILL'],
  ['right after a change', /"patch\.created"/, 'SIGKILL'],
  ['between two changes', /"tool\.ended"[^\n]*apply_opportunity/, 'SIGKILL'],
  ['after all changes', /"patch\.created"[^]*"patch\.created"/, 'SIGKILL'],
  ['by Ctrl-C after a change', /"patch\.created"/, 'SIGINT'],
] as const)('killed %s, the repository is as before or rolls back byte for byte', async (_, moment, signal) => {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-kill-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, 'examples/demo-repo'), folder, { recursive: true });
  const before = snapshot(folder);
  const output = await runUntil(folder, moment, signal);
  expect(output).toMatch(moment);
  if (/"patch\.created"/.test(output)) expect(snapshot(folder)).not.toEqual(before);
  spawnSync(process.execPath, [...cli, 'patch', 'rollback', '--cwd', folder], { stdio: 'ignore' });
  expect(snapshot(folder)).toEqual(before);
});
