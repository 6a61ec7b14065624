import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { listProcesses, parsePs } from './process-table.ts';

const never = (): Promise<string> => Promise.reject(new Error('not needed'));

test.skipIf(process.platform !== 'linux')('what ps prints says the same as /proc', async () => {
  const words = ['-axo', 'pid=,ppid=,pgid=,stat=,lstart=,comm='];
  const printed = parsePs(execFileSync('ps', words, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }));
  const own = printed.find(({ pid }) => pid === process.pid);
  const listed = (await listProcesses(never)).find(({ pid }) => pid === process.pid);
  expect(own).toMatchObject({ parent: listed?.parent, group: listed?.group, dead: false });
  expect(Math.abs((own?.started ?? 0) - (Date.now() / 1_000 - process.uptime()))).toBeLessThan(60);
});

test('a name with blanks and a dead process are read', () => {
  const printed = ' 12 1 12 Ss Sat Nov 21 13:23:48 2026 My Program\n 13 12 12 Z+ Sat Nov  7 03:03:08 2026 (sh)\n';
  expect(parsePs(printed)).toMatchObject([
    { pid: 12, parent: 1, command: 'My Program', dead: false },
    { pid: 13, dead: true },
  ]);
});
