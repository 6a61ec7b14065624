import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CapstanError, type RunStore } from '@capstan/sdk/contract';

/** The file of a run's sealed log. */
export function runLogPath(root: string, runId: string): string {
  return join(root, '.capstan', 'runlogs', `${runId}.jsonl`);
}

/**
 * Writes the events of a finished run as a hash-linked chain beside the store, whole or not at all.
 *
 * A run that goes on later is written anew when it ends again. A log that cannot be written is no reason to call a run
 * failed; `capstan log verify` tells that it is missing.
 */
export async function keepRunLog(
  root: string,
  store: RunStore,
  run: { readonly runId: string; readonly sessionId: string },
): Promise<void> {
  try {
    const { auditChain } = await import('@capstan/sdk');
    const events = (await store.read(run.sessionId)).filter(({ runId }) => runId === run.runId);
    if (events.at(-1)?.type !== 'run.ended') return;
    const path = runLogPath(root, run.runId);
    mkdirSync(join(root, '.capstan', 'runlogs'), { recursive: true });
    writeFileSync(`${path}.tmp`, auditChain(events), { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  } catch {}
}

/** Reads a run's sealed log. @throws {CapstanError} `not_found` when there is none. */
export function readRunLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CapstanError(
      'not_found',
      `There is no sealed log ${path}. It is written when a run ends.`,
      { where: path },
      { cause },
    );
  }
}
