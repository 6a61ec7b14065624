import { readFileSync } from 'node:fs';

/**
 * What tells a running process from a later one with the same number: when it was started, on which boot.
 *
 * @returns Empty when no such process runs; the number alone where the system does not say more.
 */
export function processMark(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A dead process that nobody has waited for yet still has a number.
    if (fields[0] === 'Z' || fields[0] === 'X') return '';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${fields[19]}`;
  } catch {
    return process.platform === 'linux' || !isRunning(pid) ? '' : String(pid);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
