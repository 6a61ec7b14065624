import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { Policy, Rule } from '@capstan/policy';
import type { Cli } from '../frame/cli.ts';
import { configPaths } from './config-paths.ts';
import { homeOf } from './open-project.ts';
import type { Mode } from './mode.ts';

/** Where an organisation puts what its people must keep to, on machines that have `/etc`. */
const organisationFile = '/etc/capstan/policy.json';

/** Which policy is wanted. */
export interface PolicyOrder {
  /** Where the repository's file lies. */
  readonly root: string;
  /** Folders the policy is for. Default: the root. */
  readonly roots?: readonly string[];
  /** Wins over the mode that the user's file names. */
  readonly mode: Mode;
  /** No network until the user's file allows it. Default: as the files say. */
  readonly offline?: boolean;
  /** Commands run in a sandbox without network. */
  readonly confined?: boolean;
  /** Rules of the user's plug-ins, which ask or deny. */
  readonly rules?: readonly Rule[];
}

/** The files of one work tree's policy. */
export type PolicyFiles = Readonly<Record<'organisation' | 'user' | 'project', string>>;

/** Says where policy files lie, without looking. */
export function policyFiles(cli: Cli, root: string): PolicyFiles {
  const { user, project } = configPaths(cli.io, root, { home: homeOf(cli), platform: process.platform });
  return {
    organisation: organisationFile,
    user: join(dirname(user), 'policy.json'),
    project: join(dirname(project), 'policy.json'),
  };
}

/**
 * Makes the policy for one work tree: the mode, the user's `policy.json` beside the configuration, and what an
 * organisation's (`/etc/capstan`) and the repository's (`.capstan`) tighten. Files are read afresh for each run.
 *
 * @throws {CapstanError} `invalid_config` naming file and line where a file is wrong: then there is no policy.
 */
export async function openPolicy(cli: Cli, order: PolicyOrder): Promise<Policy> {
  return readPolicy(await import('@capstan/policy'), cli, order);
}

/** The same with the policy package at hand. */
export function readPolicy(
  { policyOf, parsePolicy }: Pick<typeof import('@capstan/policy'), 'policyOf' | 'parsePolicy'>,
  cli: Cli,
  { root, roots = [root], mode, offline, confined = false, rules = [] }: PolicyOrder,
): Policy {
  const files = policyFiles(cli, root);
  const texts = textsOf(files);
  const options = { roots, home: homeOf(cli), mode, files, offline, confined };
  const { problems } = policyOf(texts, options);
  const [first] = problems;
  if (first) {
    const place = `${first.file}:${first.line}:${first.column}`;
    throw new CapstanError('invalid_config', `${place} ${first.message}`, { where: first.file });
  }
  const user = texts.user === undefined ? undefined : parsePolicy(texts.user, { file: files.user }).policy;
  const { policy } = policyOf(user ? { ...texts, user: JSON.stringify({ ...user, mode }) } : texts, options);
  if (!policy) throw new CapstanError('invalid_config', `The policy files of ${root} cannot be put together.`);
  return rules.length === 0 ? policy : { ...policy, rules: [...policy.rules, ...rules] };
}

function textsOf(files: PolicyFiles): Partial<PolicyFiles> {
  const texts: Partial<Record<keyof PolicyFiles, string>> = {};
  for (const level of ['organisation', 'user', 'project'] as const) {
    const text = textOf(files[level]);
    if (text !== undefined) texts[level] = text;
  }
  return texts;
}

/** The text of a policy file; `undefined` where there is none. @throws {CapstanError} `invalid_config` where it cannot be read. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CapstanError(
      'invalid_config',
      `${path} cannot be read, so there is no policy.`,
      { where: path },
      { cause },
    );
  }
}
