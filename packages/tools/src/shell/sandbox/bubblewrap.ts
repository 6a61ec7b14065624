import type { SandboxPlan } from './plan.ts';

export interface BubblewrapOptions {
  /** Absolute path of `bwrap`. */
  readonly program: string;
  readonly cwd: string;
  /** File of the child that holds the seccomp filter. */
  readonly filterFile: number;
}

/**
 * Gives the bubblewrap command line for a plan: the whole system read-only, own processes, own network unless it is on,
 * no capabilities, and writable only what the plan says. What comes later lies over what came before.
 */
export function bubblewrapLine(
  plan: SandboxPlan,
  argv: readonly string[],
  { program, cwd, filterFile }: BubblewrapOptions,
): string[] {
  const writable = plan.level === 'workspace-write' ? [plan.root, ...plan.writable] : [];
  const kept = plan.level === 'read-only' ? [plan.root] : [];
  return [
    program,
    '--unshare-all',
    ...(plan.network ? ['--share-net'] : []),
    ...isolation,
    ...system,
    ...bind(plan.scratch, '/tmp'),
    ...plan.hiddenFolders.flatMap((path) => ['--tmpfs', path]),
    ...plan.hiddenFiles.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...plan.shownPaths.flatMap(show),
    ...kept.flatMap(show),
    ...writable.flatMap((path) => bind(path, path)),
    ...plan.protectedPaths.flatMap(show),
    ...last(cwd, filterFile),
    ...argv,
  ];
}

// Without dropping capabilities, root inside could mount everything writable again.
const isolation = '--cap-drop ALL --new-session --die-with-parent'.split(' ');
const system = '--ro-bind / / --dev /dev --proc /proc --tmpfs /run --tmpfs /var/tmp'.split(' ');

function bind(from: string, to: string): string[] {
  return ['--bind', from, to];
}

function show(path: string): string[] {
  return ['--ro-bind', path, path];
}

function last(cwd: string, filterFile: number): string[] {
  return ['--chdir', cwd, '--seccomp', String(filterFile), '--'];
}
