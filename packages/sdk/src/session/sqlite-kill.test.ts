import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { sqliteStore } from './sqlite-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'capstan-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Appends for ever and says each number once it is acknowledged. */
const writer = (path: string) => `
  import { sqliteStore } from ${JSON.stringify(join(import.meta.dirname, 'sqlite-store.ts'))};
  const store = sqliteStore(${JSON.stringify(path)});
  for (let seq = 0; ; seq += 2) {
    const event = (n) => ({ v: 1, seq: n, at: n, sessionId: 's', runId: 'r', type: 'turn.started', turn: n });
    await store.append('s', seq, [event(seq + 1), event(seq + 2)]);
    process.stdout.write(seq + 2 + '\\n');
  }`;

test('nothing acknowledged is lost when the process is killed at any moment', async () => {
  for (const acknowledgedBeforeKill of [1, 7, 40, 200]) {
    const path = join(folder, `${acknowledgedBeforeKill}.db`);
    const child = spawn(process.execPath, ['--conditions=@capstan/source', '--input-type=module', '-e', writer(path)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let acknowledged = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged >= acknowledgedBeforeKill) child.kill('SIGKILL');
    }
    const store = sqliteStore(path);
    const events = await store.read('s');
    await store.close();
    expect(events.length).toBeGreaterThanOrEqual(acknowledged);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.length % 2).toBe(0);
  }
});
