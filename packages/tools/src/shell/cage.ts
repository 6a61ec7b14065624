import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf } from './process-table.ts';

/** Bounds on all processes of a job together. An absent field is no bound. */
export interface ResourceLimits {
  readonly memoryBytes?: number;
  /** Processor time, summed over all processes. */
  readonly cpuSeconds?: number;
  /** Processes and threads at one time. */
  readonly processes?: number;
}

/** Control groups that hold exactly one job: nothing the job starts can leave them. */
export interface Cage {
  /** Files that a process writes its own number into to enter. */
  readonly doors: readonly string[];
  /** Which limits the system itself enforces. */
  readonly enforces: ReadonlySet<keyof ResourceLimits>;
  members(): number[];
  /** Processor time so far; `undefined` where the system does not count it. */
  cpuSeconds(): number | undefined;
  /** A process was killed for memory. */
  outOfMemory(): boolean;
  /** A fork was refused. */
  outOfProcesses(): boolean;
  /** Kills all members at once, where the system can. */
  kill(): void;
  remove(): void;
}

interface Hierarchy {
  /** Absolute folder of a new, empty group. */
  readonly folder: string;
  readonly version: 1 | 2;
}

/**
 * Opens a cage in whatever control groups this process may write: version 2, version 1, or both.
 *
 * @param id Unique; letters and digits.
 * @returns `undefined` where there are none, as on macOS or for users without a delegated group.
 */
export function openCage(id: string, limits: ResourceLimits): Cage | undefined {
  const hierarchies = ownGroups()
    .map(({ folder, version }) => makeGroup(folder, version, id))
    .filter((group) => group !== undefined);
  if (hierarchies.length === 0) return undefined;
  const enforces = new Set<keyof ResourceLimits>();
  for (const group of hierarchies) {
    if (limits.memoryBytes !== undefined && limitMemory(group, limits.memoryBytes)) enforces.add('memoryBytes');
    if (limits.processes !== undefined && set(group, 'pids.max', limits.processes)) enforces.add('processes');
  }
  return {
    doors: hierarchies.map(({ folder }) => join(folder, 'cgroup.procs')),
    enforces,
    members: () => [...new Set(hierarchies.flatMap(({ folder }) => membersOf(folder)))],
    cpuSeconds: () => firstDefined(hierarchies.map(cpuOf)),
    outOfMemory: () =>
      hierarchies.some((group) =>
        /^oom_kill [1-9]/m.test(get(group, 'memory.events') + get(group, 'memory.oom_control')),
      ),
    outOfProcesses: () => hierarchies.some((group) => /^max [1-9]/m.test(get(group, 'pids.events'))),
    kill: () => hierarchies.forEach((group) => group.version === 2 && set(group, 'cgroup.kill', 1)),
    remove: () => hierarchies.forEach(({ folder }) => removeGroup(folder)),
  };
}

function ownGroups(): Hierarchy[] {
  const mounts = readQuietly('/proc/self/mountinfo')
    .split('\n')
    .map(parseMount)
    .filter((mount) => mount !== undefined);
  const groups: Hierarchy[] = [];
  for (const line of readQuietly('/proc/self/cgroup').split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const version = controllers === '' ? 2 : 1;
    if (version === 1 && !/^(memory|pids|cpuacct|cpu,cpuacct|cpuacct,cpu)$/.test(controllers)) continue;
    const mount = mounts.find(({ type, options }) =>
      version === 2 ? type === 'cgroup2' : type === 'cgroup' && options.includes(controllers.split(',').at(-1)!),
    );
    if (mount) groups.push({ folder: join(mount.point, insideMount(path, mount.root)), version });
  }
  return groups;
}

// In a container the mount shows only a part of the hierarchy, whose own path is then the mount's root.
function insideMount(path: string, root: string): string {
  if (root === '/') return path;
  return path.startsWith(root) ? path.slice(root.length) : '/';
}

function parseMount(line: string) {
  const [before, after] = line.split(' - ');
  const fields = before?.split(' ') ?? [];
  const [type, , options] = after?.split(' ') ?? [];
  if (fields[3] === undefined || fields[4] === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return undefined;
  return { root: fields[3], point: fields[4], type, options: options?.split(',') ?? [] };
}

function makeGroup(parent: string, version: 1 | 2, id: string): Hierarchy | undefined {
  const folder = join(parent, `capstan-${process.pid}-${id}`);
  try {
    removeAbandoned(parent);
    mkdirSync(folder);
    // A group that may be made but not entered is of no use.
    writeFileSync(join(folder, 'cgroup.procs'), '', { flag: 'r+' });
    return { folder, version };
  } catch {
    removeGroup(folder, 1);
    return undefined;
  }
}

// Left by a process that was killed before it could end its jobs. What is ended bears the name of its group in its
// environment, and only empty groups can be removed, so this takes nothing from anybody else.
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, owner, id] = /^capstan-(\d+)-(\w+)$/.exec(name) ?? [];
    if (!owner || isRunning(Number(owner))) continue;
    for (const pid of membersOf(join(parent, name))) {
      if (environmentOf(pid).includes(`CAPSTAN_JOB=${id}`)) endNow(pid);
    }
    removeGroup(join(parent, name), 1);
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function limitMemory(group: Hierarchy, bytes: number): boolean {
  if (group.version === 1) {
    const limited = set(group, 'memory.limit_in_bytes', bytes);
    set(group, 'memory.memsw.limit_in_bytes', bytes);
    return limited;
  }
  const limited = set(group, 'memory.max', bytes);
  set(group, 'memory.swap.max', 0);
  set(group, 'memory.oom.group', 1);
  return limited;
}

// A job may make groups of its own below.
function membersOf(folder: string): number[] {
  return [...numbers(readQuietly(join(folder, 'cgroup.procs'))), ...groupsIn(folder).flatMap(membersOf)];
}

function groupsIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

function cpuOf(group: Hierarchy): number | undefined {
  const micros = /^usage_usec (\d+)/m.exec(get(group, 'cpu.stat'))?.[1];
  if (micros !== undefined) return Number(micros) / 1e6;
  const nanos = get(group, 'cpuacct.usage');
  return nanos === '' ? undefined : Number(nanos) / 1e9;
}

function removeGroup(folder: string, attempts = 3): void {
  groupsIn(folder).forEach((group) => removeGroup(group, attempts));
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      return rmdirSync(folder);
    } catch {
      // Its last process may not be collected yet.
    }
  }
}

function get(group: Hierarchy, name: string): string {
  return readQuietly(join(group.folder, name));
}

function set(group: Hierarchy, name: string, value: number): boolean {
  try {
    writeFileSync(join(group.folder, name), String(value), { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function numbers(text: string): number[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

function firstDefined<T>(values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}
