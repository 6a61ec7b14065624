import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { Cage, ResourceLimits } from './cage.ts';

/**
 * Finds a program as `execvp` would.
 *
 * @throws {CapstanError} `not_found` when there is none in `PATH`, or nothing executable at the path.
 */
export function findProgram(
  name: string,
  { env, cwd }: { env: Readonly<Record<string, string | undefined>>; cwd: string },
): string {
  const places = name.includes('/')
    ? [resolve(cwd, name)]
    : (env.PATH ?? '')
        .split(delimiter)
        .filter(isAbsolute)
        .map((folder) => join(folder, name));
  const found = places.find(isExecutable);
  if (found) return found;
  throw new CapstanError('not_found', `${name} is not installed, or not in PATH. Install it, or use another program.`, {
    where: name,
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

// `$$` is the shell's own number, which `exec` keeps: the program is inside before its first instruction.
const launcher = `
doors=$1 cpu=$2 tasks=$3; shift 3
while [ "$doors" -gt 0 ]; do echo $$ > "$1"; shift; doors=$((doors - 1)); done 2>/dev/null
[ "$cpu" = 0 ] || ulimit -t "$cpu"
[ "$tasks" = 0 ] || ulimit -u "$tasks" 2>/dev/null || ulimit -p "$tasks" 2>/dev/null
exec "$@"`;

/**
 * Wraps a command so that it enters its cage and takes on the limits of the kernel before it starts.
 *
 * @param tasks Threads that run already: the kernel counts those of the user, not those of the job.
 */
export function launchLine(
  argv: readonly string[],
  { cage, limits, tasks }: { cage: Cage | undefined; limits: ResourceLimits; tasks: number },
): string[] {
  const doors = cage?.doors ?? [];
  // A second more than the watch allows, which can say what happened.
  const cpu = limits.cpuSeconds === undefined ? 0 : Math.ceil(limits.cpuSeconds) + 1;
  const perUser = limits.processes === undefined || cage?.enforces.has('processes') ? 0 : limits.processes + tasks;
  if (doors.length === 0 && cpu === 0 && perUser === 0) return [...argv];
  return ['/bin/sh', '-c', launcher, 'sh', String(doors.length), String(cpu), String(perUser), ...doors, ...argv];
}
