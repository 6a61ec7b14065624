import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { newId } from '../contract/id.ts';
import type { LeaseHolder } from '../contract/lease.ts';

/** Describes this process as the holder of a session for a run. */
export function holderHere(runId: string): LeaseHolder {
  const { pid } = process;
  return {
    id: newId(),
    runId,
    host: hostname(),
    pid,
    process: `${machine()} ${pid} ${(facts.startedAt ??= startOf(pid) ?? '?')}`,
  };
}

/**
 * Tells whether a holder's process is known to be dead: it ran on this machine and is there no more. Of a process on
 * another machine, or in another container, nothing is known.
 */
export function isDead({ pid, process: life }: LeaseHolder): boolean {
  const here = machine();
  if (!life.startsWith(`${here} ${pid} `)) return false;
  if (!exists(pid)) return true;
  const started = life.slice(`${here} ${pid} `.length);
  const now = startOf(pid);
  // The number was given to another process since.
  return started !== '?' && now !== undefined && now !== started;
}

/** Facts of this process do not change while it lives; a run reads them once. */
const facts: { machine?: string; startedAt?: string } = {};

/** Tells one boot of one machine, and containers on it, apart. */
function machine(): string {
  return (facts.machine ??= readMachine());
}

function readMachine(): string {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? '?';
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid')) ?? '?';
  return `${hostname()} ${boot} ${namespace}`;
}

/** When a process started, in the kernel's ticks since boot; undefined where that cannot be told. */
function startOf(pid: number): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The command's name, in parentheses, may hold spaces; the start is the 20th field behind it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
