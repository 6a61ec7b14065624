import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { CodeIndex, DiagnosticsAfterEditOptions, LanguageServerChoice, LanguageServers } from '@capstan/code';
import type { Hook } from '@capstan/sdk/contract';
import type { SandboxOptions } from '@capstan/tools';
import type { Cli } from '../frame/cli.ts';
import { readConfigs, type Configs } from './config-file.ts';
import type { Config } from './config.ts';
import { openPolicy, type PolicyOrder } from './open-policy.ts';
import type { Readable } from './readable.ts';
import type { OpenToolsOptions } from './open-tools.ts';

/** The setting of both files: either can switch servers off, only the user's names others. */
export function lspSetting(user: Config, project: Config): Pick<Config, 'lsp'> {
  if (user.lsp === false || project.lsp === false) return { lsp: false };
  const off = Object.entries(project.lsp ?? {}).filter(([, value]) => value === false);
  if (user.lsp === undefined && off.length === 0) return {};
  return { lsp: { ...user.lsp, ...Object.fromEntries(off) } };
}

/**
 * Opens the language servers of a tree; none is started by it.
 *
 * @returns `undefined` where the settings switch them off.
 * @throws {CapstanError} `invalid_config` for a server of the user's that cannot be.
 */
export async function openServers(
  cli: Cli,
  root: string,
  { sandbox, configs = readConfigs(cli, root) }: { sandbox?: SandboxOptions | undefined; configs?: Configs } = {},
): Promise<LanguageServers | undefined> {
  const { lsp = {} } = lspSetting(configs.user, configs.project);
  if (lsp === false) return undefined;
  const { openLanguageServers } = await import('./tool-makers.ts');
  return openLanguageServers(root, {
    // What it holds is checked there.
    servers: lsp as LanguageServerChoice,
    env: cli.io.env,
    ...(sandbox === undefined ? {} : { sandbox }),
  });
}

/** The language servers of a run, and the index that its tools share with them. */
export interface RunServers {
  /** For `openTools`. */
  readonly parts: Pick<OpenToolsOptions, 'servers' | 'index' | 'mayStart'>;
  /** Makes the hooks that tell what an edit broke; none where servers are switched off. */
  readonly hooks: (mask: Readable) => Promise<readonly Hook[]>;
  readonly close: () => Promise<void>;
}

/** Opens what a run asks language servers with. Throws as `openServers` does. */
export async function openRunServers(
  cli: Cli,
  root: string,
  options: { readonly sandbox?: SandboxOptions | undefined; readonly configs: Configs; readonly order: PolicyOrder },
): Promise<RunServers> {
  const servers = await openServers(cli, root, options);
  const index = sharedIndex(root);
  const mayStart = startsUnasked(cli, options.order);
  return {
    parts: { servers, index: index.open, mayStart },
    hooks: async (mask) => (servers ? [await editDiagnostics(servers, index, { mayStart, mask })] : []),
    close: async () => servers?.close(),
  };
}

interface SharedIndex {
  readonly open: (signal: AbortSignal) => Promise<CodeIndex>;
  /** The index when it is open already or opens quickly, because it is kept on disk. */
  readonly atHand: () => Promise<CodeIndex> | undefined;
}

function sharedIndex(root: string): SharedIndex {
  let opening: Promise<CodeIndex> | undefined;
  const open = (signal: AbortSignal): Promise<CodeIndex> => {
    opening ??= import('@capstan/code').then(({ openIndex }) => openIndex(root, { signal }));
    opening.catch(() => (opening = undefined));
    return opening;
  };
  const kept = join(root, '.capstan', 'index');
  return { open, atHand: () => opening ?? (existsSync(kept) ? open(new AbortController().signal) : undefined) };
}

type MayStart = NonNullable<DiagnosticsAfterEditOptions['mayStart']>;

/** Says of a server whether the policy asks nobody before it is started. */
export function startsUnasked(cli: Cli, order: PolicyOrder): MayStart {
  return async (start) => {
    const { decide } = await import('@capstan/policy');
    return decide(await openPolicy(cli, order), { effects: [start] }).verdict === 'allow';
  };
}

async function editDiagnostics(
  servers: LanguageServers,
  index: SharedIndex,
  options: Pick<DiagnosticsAfterEditOptions, 'mayStart' | 'mask'>,
): Promise<Hook> {
  const { diagnosticsAfterEdit } = await import('./tool-makers.ts');
  const dependents: DiagnosticsAfterEditOptions['dependents'] = async (paths, signal) => {
    const found = await index.atHand();
    if (!found) return [];
    const names = paths.map((path) => relative(servers.root, path).split(sep).join('/'));
    await found.update(names, signal);
    return names.flatMap((name) => found.importersOf(name)).map((name) => join(servers.root, name));
  };
  return diagnosticsAfterEdit(servers, { ...options, dependents });
}
