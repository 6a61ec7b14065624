import type { Findings } from './findings.ts';
import { bareCommand } from './bare-command.ts';
import { folderOf } from './repository-files.ts';
import type { WorkflowStep } from './stack.ts';
import { filled, type SetupStep, type Workflows } from './workflows.ts';

/** Adds what workflows say to the packages that their steps run in; steps in folders that a workflow makes say nothing. */
export function addWorkflows(
  { steps, setups }: Workflows,
  found: ReadonlyMap<string, Findings>,
  folders: ReadonlySet<string>,
): void {
  for (const step of steps) if (folders.has(step.cwd === '.' ? '' : step.cwd)) addStep(step, found);
  const root = found.get('') ?? found.values().next().value;
  if (root) for (const setup of setups) addSetup(setup, root);
}

function addStep(
  { command, cwd, purposes, workflow, job, file, line }: WorkflowStep,
  found: ReadonlyMap<string, Findings>,
): void {
  const folder = cwd === '.' ? '' : cwd;
  const findings = packageAround(folder, found);
  if (!findings) return;
  const weight = weightOf(`${file} ${workflow} ${job}`);
  const says = `job ${job} of workflow ${workflow} runs it`;
  const manager = managerOf(bareCommand(command));
  if (manager !== undefined && findings.packageManagers.has(manager))
    findings.packageManagers.add(manager, { weight: weight * 0.6, file, line, says });
  // What only a workflow knows to fill in is no command for a person.
  if (/\$[{(A-Za-z_]/.test(command)) return;
  for (const purpose of purposes) findings.commands.add(purpose, command, { weight, cwd, file, line, says });
}

/** Workflows that check changes say more of how to check them than those that publish. */
function weightOf(names: string): number {
  if (/release|deploy|publish|docs|pages|stale|nightly|codeql|label/i.test(names)) return 0.35;
  return /\b(ci|test|tests|build|check|checks|lint|main|pr|pull|verify|quality)\b/i.test(names) ? 0.75 : 0.6;
}

function packageAround(folder: string, found: ReadonlyMap<string, Findings>): Findings | undefined {
  for (let at = folder; ; at = folderOf(at)) {
    const known = found.get(at);
    if (known || at === '') return known;
  }
}

function managerOf(command: string): string | undefined {
  return /^(npm|pnpm|yarn|bun|poetry|uv|pdm|pipenv|pip|hatch|cargo|go)\b/.exec(command)?.[1];
}

const runtimeSetups: readonly (readonly [action: RegExp, runtime: string, field: string])[] = [
  [/^actions\/setup-node@/, 'node', 'node-version'],
  [/^actions\/setup-python@/, 'python', 'python-version'],
  [/^actions\/setup-go@/, 'go', 'go-version'],
];

function addSetup({ uses, with: settings, matrix, file, line }: SetupStep, found: Findings): void {
  const manager = /^(pnpm)\/action-setup@|^(?:oven-sh\/setup-(bun))@|^astral-sh\/setup-(uv)@|^snok\/install-(poetry)@/
    .exec(uses)
    ?.slice(1)
    .find(Boolean);
  const cached = /setup-(node|python)@/.test(uses) ? settings['cache'] : undefined;
  for (const name of [manager, cached])
    if (typeof name === 'string' && found.packageManagers.has(name))
      found.packageManagers.add(name, { weight: 0.5, file, line, says: `${uses} sets it up` });
  for (const [action, runtime, field] of runtimeSetups) {
    const version = settings[field];
    if (!action.test(uses) || (typeof version !== 'string' && typeof version !== 'number')) continue;
    for (const one of filled(String(version), matrix).filter((each) => !each.includes('${{')))
      found.runtimes.add(`${runtime} ${one}`, { weight: 0.5, file, line, says: `${uses} sets it up` });
  }
}
