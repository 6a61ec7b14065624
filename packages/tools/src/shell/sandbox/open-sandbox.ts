import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import { findProgram } from '../launch-line.ts';
import { bubblewrapLine } from './bubblewrap.ts';
import { holdPlace } from './placeholders.ts';
import { planSandbox, type ProtectedPath, type SandboxOptions } from './plan-sandbox.ts';
import type { SandboxPlan } from './plan.ts';
import { probeSandbox } from './probe-sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { seatbeltLine } from './seatbelt.ts';
import { seccompProgram } from './seccomp.ts';

// Standard input and both outputs, the report, then our files.
const firstFile = 4;

/**
 * Opens a sandbox for commands in a work tree, and tries it: a canary that gets out closes it.
 *
 * @param root Absolute, links followed.
 * @throws {CapstanError} `sandbox_unavailable` if the machine has none that holds; `invalid_config` for a root that holds
 *   the home folder. Level `none` always opens.
 */
export async function openSandbox(root: string, options: SandboxOptions): Promise<Sandbox> {
  const { level, home = homedir() } = options;
  if (level === 'none') return unconfined;
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-sandbox-')));
  const close = removeAtExit(scratch);
  try {
    const temporary = join(scratch, 'tmp');
    mkdirSync(temporary);
    const around = { ...planSandbox(root, { ...options, level, home, scratch: temporary }), close };
    const filter = join(scratch, 'filter');
    const sandbox = process.platform === 'darwin' ? seatbelt(around) : bubblewrap({ ...around, filter });
    await probeSandbox(sandbox, around.plan);
    return sandbox;
  } catch (error) {
    close();
    throw error;
  }
}

interface Around {
  readonly plan: Omit<SandboxPlan, 'protectedPaths'>;
  readonly protect: readonly ProtectedPath[];
  readonly close: () => void;
}

function bubblewrap({ plan, protect, close, filter }: Around & { filter: string }): Sandbox {
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) {
    throw new CapstanError(
      'sandbox_unavailable',
      `There is no sandbox for ${process.platform} on ${process.arch}. Run in a container instead, with the sandbox level none.`,
    );
  }
  const program = findBubblewrap();
  writeFileSync(filter, seccompProgram(process.arch, { unixSockets: plan.unixSockets }), { mode: 0o600 });
  return {
    level: plan.level,
    network: plan.network,
    engine: 'bubblewrap',
    close,
    enter(cwd) {
      const { paths, release } = cover(protect);
      // Read from where it stands, so each command opens it anew.
      const file = openSync(filter, constants.O_RDONLY);
      const leave = (): void => {
        closeSync(file);
        release();
      };
      const wrap = (argv: readonly [string, ...string[]]) =>
        bubblewrapLine({ ...plan, protectedPaths: paths }, argv, { program, cwd, filterFile: firstFile }) as [
          string,
          ...string[],
        ];
      return { wrap, files: [file], env: temporaryEnvironment('/tmp'), leave };
    },
  };
}

function seatbelt({ plan, protect, close }: Around): Sandbox {
  if (!existsSync('/usr/bin/sandbox-exec'))
    throw new CapstanError('sandbox_unavailable', 'This macOS has no sandbox-exec.');
  return {
    level: plan.level,
    network: plan.network,
    engine: 'seatbelt',
    close,
    enter() {
      // A profile speaks of paths, whether or not anything stands there.
      const paths = protect.map(({ path }) => path);
      return {
        wrap: (argv) => seatbeltLine({ ...plan, protectedPaths: paths }, argv) as [string, ...string[]],
        files: [],
        env: temporaryEnvironment(plan.scratch),
        leave: () => {},
      };
    },
  };
}

function removeAtExit(folder: string): () => void {
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return remove;
}

function cover(protect: readonly ProtectedPath[]): { paths: string[]; release: () => void } {
  // A repository inside the tree may have gone since the sandbox was opened, folder and all.
  const present = protect.filter(({ path }) => existsSync(dirname(path)));
  const releases = present.map(({ path, kind }) => holdPlace(path, kind));
  return { paths: present.map(({ path }) => path), release: () => releases.forEach((release) => release()) };
}

function findBubblewrap(): string {
  try {
    return findProgram('bwrap', { env: { PATH: '/usr/bin:/bin:/usr/local/bin' }, cwd: '/' });
  } catch (cause) {
    throw new CapstanError(
      'sandbox_unavailable',
      'A sandbox was demanded and bubblewrap is not installed. Install it (apt install bubblewrap, dnf install bubblewrap), or set the sandbox level to none.',
      {},
      { cause },
    );
  }
}

// Caches outside the work tree are read-only in the sandbox.
function temporaryEnvironment(folder: string): Record<string, string> {
  return {
    TMPDIR: folder,
    XDG_CACHE_HOME: `${folder}/.cache`,
    npm_config_cache: `${folder}/.npm`,
    GOCACHE: `${folder}/.cache/go-build`,
    PYTHONPYCACHEPREFIX: `${folder}/.cache/pycache`,
  };
}

const unconfined: Sandbox = {
  level: 'none',
  network: true,
  engine: 'none',
  enter: () => ({ wrap: (argv) => [...argv], files: [], env: {}, leave: () => {} }),
  close: () => {},
};
