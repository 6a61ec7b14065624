import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import { runProcess } from '../run-process.ts';
import type { SandboxPlan } from './plan.ts';
import type { Sandbox } from './sandbox.ts';

const probe = `
echo canary > "$1/canary" 2>/dev/null
[ "$3" = write ] && { touch "$2/.capstan-probe" && rm "$2/.capstan-probe" && echo writable; } 2>/dev/null
[ "$3" = read ] && touch "$2/.capstan-probe" 2>/dev/null && echo written
cat /proc/self/status /proc/net/dev 2>/dev/null
echo alive`;

/**
 * Runs a command in a sandbox that tries to get out.
 *
 * @throws {CapstanError} `sandbox_unavailable` saying what did not hold, or why nothing could be started.
 */
export async function probeSandbox(
  sandbox: Sandbox,
  plan: Pick<SandboxPlan, 'root' | 'level' | 'network'>,
): Promise<void> {
  const cage = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-canary-')));
  const entry = sandbox.enter(plan.root);
  try {
    const mode = plan.level === 'read-only' ? 'read' : 'write';
    const argv = entry.wrap(['/bin/sh', '-c', probe, 'sh', cage, plan.root, mode]);
    const { stdout, stderr } = await runProcess({
      argv,
      cwd: plan.root,
      env: { PATH: '/usr/bin:/bin' },
      files: entry.files,
      limits: { timeoutMs: 10_000 },
    });
    if (!stdout.endsWith('alive\n'))
      throw unavailable(`could not be started: ${stderr.trim().replace(/\.+$/, '') || 'no reason given'}`);
    const faults = [
      ...judgeFiles(stdout, plan, cage),
      ...(sandbox.engine === 'bubblewrap' ? judgeKernel(stdout, plan.network) : []),
    ];
    if (faults.length > 0) throw unavailable(`does not hold: ${faults.join('; ')}`);
  } finally {
    entry.leave();
    rmSync(cage, { recursive: true, force: true });
    if (plan.level === 'read-only') rmSync(join(plan.root, '.capstan-probe'), { force: true });
  }
}

function judgeFiles(output: string, { level, root }: Pick<SandboxPlan, 'level' | 'root'>, cage: string): string[] {
  const faults: string[] = [];
  if (existsSync(join(cage, 'canary'))) faults.push('a file outside was written');
  if (level === 'read-only' && /^written$/m.test(output)) faults.push(`${root} was written although it is read-only`);
  if (level === 'workspace-write' && !/^writable$/m.test(output)) faults.push(`${root} cannot be written`);
  return faults;
}

function judgeKernel(output: string, network: boolean): string[] {
  const faults: string[] = [];
  if (!/^CapEff:\s*0+$/m.test(output)) faults.push('capabilities are left');
  if (!/^NoNewPrivs:\s*1$/m.test(output)) faults.push('privileges can be gained');
  if (!/^Seccomp:\s*2$/m.test(output)) faults.push('system calls are not filtered');
  const devices = [...output.matchAll(/^\s*([\w.@-]+):\s+\d+(\s+\d+){10}/gm)].map(([, name]) => name);
  if (!network && devices.some((name) => name !== 'lo')) faults.push('network devices are left');
  return faults;
}

function unavailable(what: string): CapstanError {
  return new CapstanError(
    'sandbox_unavailable',
    `A sandbox was demanded, and the one of this machine ${what}. In a container, allow user namespaces; or set the sandbox level to none.`,
  );
}
