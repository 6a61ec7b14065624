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
export function bubblewrapLine(plan: SandboxPlan, argv: readonly string[], { program, cwd, filterFile }: BubblewrapOptions): string[] {
  const writable = plan.level === 'workspace-write' ? [plan.root, ...plan.writable] : [];
  const kept = plan.level === 'read-only' ? [plan.root] : [];
  return [
    program,
    '--unshare-all',
    ...(plan.network ? ['--share-net'] : []),
    // Without this, root inside could mount everything writable again.
    ...['--cap-drop', 'ALL', '--new-session', '--die-with-parent'],
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/run'],
    ...['--bind', plan.scratch, '/tmp', '--tmpfs', '/var/tmp'],
    ...plan.hiddenFolders.flatMap((path) => ['--tmpfs', path]),
    ...plan.hiddenFiles.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...plan.shownPaths.flatMap((path) => ['--ro-bind', path, path]),
    ...kept.flatMap((path) => ['--ro-bind', path, path]),
    ...writable.flatMap((path) => ['--bind', path, path]),
    ...plan.protectedPaths.flatMap((path) => ['--ro-bind', path, path]),
    ...['--chdir', cwd, '--seccomp', String(filterFile), '--'],
    ...argv,
  ];
}
