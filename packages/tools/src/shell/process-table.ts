import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One running process, as the system lists it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Process group. */
  readonly group: number;
  /** Session; a `setsid` child has its own. 0 where the system does not tell. */
  readonly session: number;
  /** Start time in the system's own unit, to tell a process from a later one of the same number. 0 where unknown. */
  readonly started: number;
  readonly threads: number;
  /** Exited but not yet collected by its parent. */
  readonly dead: boolean;
  readonly command: string;
}

/**
 * Lists the running processes.
 *
 * @param ps Runs `ps`, as `parsePs` needs it, where the system has no `/proc`.
 */
export async function listProcesses(ps: () => Promise<string>): Promise<ProcessEntry[]> {
  const entries = readProc();
  return entries ?? parsePs(await ps());
}

/** Reads the environment block of a process; empty when it is gone or belongs to somebody else. */
export function environmentOf(pid: number): string {
  return readQuietly(`/proc/${pid}/environ`);
}

/** Reads when a process started, in the system's own unit; 0 when it is gone. */
export function startOf(pid: number): number {
  return parseStat(readQuietly(`/proc/${pid}/stat`))?.started ?? 0;
}

/** Names the sockets that a process has open, as `socket:[inode]`; none when it is gone or belongs to somebody else. */
export function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder)
      .map((name) => linkOf(`${folder}/${name}`))
      .filter((link) => link.startsWith('socket:'));
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function readProc(): ProcessEntry[] | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return undefined;
  }
  const entries = names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => parseStat(readQuietly(`/proc/${name}/stat`)))
    .filter((entry) => entry !== undefined);
  return entries.length > 0 ? entries : undefined;
}

// Fields after the command, which may itself hold blanks and brackets: see proc_pid_stat(5).
function parseStat(line: string): ProcessEntry | undefined {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < 0) return undefined;
  const fields = line.slice(close + 2).split(' ');
  return {
    pid: Number(line.slice(0, open)),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    threads: Number(fields[17]),
    started: Number(fields[19]),
    dead: fields[0] === 'Z' || fields[0] === 'X',
    command: line.slice(open + 1, close),
  };
}

/** Reads the output of `ps -axo pid=,ppid=,pgid=,stat=,lstart=,comm=` in the C locale. */
export function parsePs(output: string): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const line of output.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/.exec(line);
    if (!match) continue;
    const [, pid, parent, group, state = '', started = '', command = ''] = match;
    entries.push({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: 0,
      started: Date.parse(started) / 1_000,
      threads: 1,
      dead: state.startsWith('Z'),
      command,
    });
  }
  return entries;
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
