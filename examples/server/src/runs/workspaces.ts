import { realpath, stat } from 'node:fs/promises';
import type { Policy } from '@capstan/policy';
import { autoEdit, fullAuto, readOnly, suggest } from '@capstan/policy';
import { CapstanError, type Tool } from '@capstan/sdk/contract';
import { codingTools, fileTools, openWorktree, type Worktree } from '@capstan/tools';
import type { Caller } from '../gate/gate.ts';
import type { OperateSettings } from '../operate/operate-settings.ts';

export type WorkspaceSettings = OperateSettings['runs']['workspaces'][string];

/** A folder in which agents of the relay work. */
export interface Workspace {
  readonly name: string;
  readonly settings: WorkspaceSettings;
  readonly worktree: Worktree;
  readonly tools: readonly Tool[];
  readonly policy: Policy;
}

/** The workspaces of the configuration. A client gives a name, never a path. */
export interface Workspaces {
  /** Finds one that a caller may use. @throws {CapstanError} `not_found`, also for one that he may not use. */
  of(name: string, caller: Caller): Workspace;
  /** Finds one without asking who; for the relay itself. */
  get(name: string): Workspace | undefined;
  names(caller: Caller): readonly string[];
  close(): void;
}

/** Opens every workspace. @throws {CapstanError} `invalid_config` for a root that is no folder, or is the whole disk. */
export async function openWorkspaces(
  settings: Readonly<Record<string, WorkspaceSettings>>,
  { home }: { readonly home: string },
): Promise<Workspaces> {
  const opened = new Map<string, Workspace>();
  for (const [name, each] of Object.entries(settings)) opened.set(name, await openWorkspace(name, each, home));
  const mayUse = ({ settings: { devices, organisations } }: Workspace, caller: Caller): boolean =>
    devices.includes(caller.deviceId) ||
    (caller.organisationId !== undefined && organisations.includes(caller.organisationId));
  return {
    of(name, caller) {
      const workspace = opened.get(name);
      if (workspace && mayUse(workspace, caller)) return workspace;
      const text = 'There is no workspace of this name for this device. GET /v1/runs lists those that there are.';
      throw new CapstanError('not_found', text, { where: 'workspace' });
    },
    get: (name) => opened.get(name),
    names: (caller) => [...opened.values()].filter((each) => mayUse(each, caller)).map(({ name }) => name),
    close: () => opened.forEach(({ worktree }) => worktree.close()),
  };
}

async function openWorkspace(name: string, settings: WorkspaceSettings, home: string): Promise<Workspace> {
  const where = `runs.workspaces.${name}.root`;
  const root = await realpath(settings.root).catch(() => undefined);
  const isFolder = root !== undefined && (await stat(root)).isDirectory();
  if (!isFolder || root === '/' || root === home) {
    const text = `${where} must be an existing folder, and neither the whole disk nor a home folder.`;
    throw new CapstanError('invalid_config', text, { where });
  }
  const worktree = await openWorktree(root);
  return {
    name,
    settings,
    worktree,
    tools: toolsOf(worktree, settings),
    policy: policyFor(worktree.root, settings, home),
  };
}

function toolsOf(worktree: Worktree, { commands }: WorkspaceSettings): readonly Tool[] {
  if (commands === 'none') return fileTools(worktree);
  const sandbox = { level: 'workspace-write' as const };
  return codingTools(worktree, { shell: { sandbox }, verify: { sandbox } });
}

const presets = { 'read-only': readOnly, suggest, 'auto-edit': autoEdit, 'full-auto': fullAuto };

function policyFor(root: string, { mode, approvals }: WorkspaceSettings, home: string): Policy {
  const preset = presets[mode]({ root, home });
  return approvals === 1 ? preset : { ...preset, also: [twoPeople(root)] };
}

/** Whatever changes something is approved by two; what the mode denies stays denied. */
function twoPeople(root: string): Policy {
  const kinds = ['write', 'run', 'network', 'unknown'] as const;
  return {
    name: 'two-people',
    roots: [root],
    otherwise: { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' },
    rules: kinds.map((effect) => ({
      id: `two-people-${effect}`,
      match: { effect },
      verdict: 'ask' as const,
      approvals: 2,
      reason: 'Two devices must approve it.',
    })),
  };
}
