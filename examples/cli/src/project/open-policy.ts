import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { Policy } from '@capstan/policy';
import type { Cli } from '../frame/cli.ts';
import { configPaths } from './config-paths.ts';
import { homeOf } from './open-project.ts';
import type { Mode } from './mode.ts';

/** Where an organisation puts what its people must keep to, on machines that have `/etc`. */
const organisationFile = '/etc/capstan/policy.json';

/**
 * Makes the policy for one work tree: the mode, the user's `policy.json` beside the configuration, and what an
 * organisation's (`/etc/capstan`) and the repository's (`.capstan`) tighten. Files are read afresh for each run.
 *
 * @param mode Wins over the mode that the user's file names.
 * @throws {CapstanError} `invalid_config` naming file and line where a file is wrong: then there is no policy.
 */
export async function openPolicy(cli: Cli, mode: Mode, root: string): Promise<Policy> {
  const { policyOf } = await import('@capstan/policy');
  const home = homeOf(cli);
  const { user, project } = configPaths(cli.io, root, { home, platform: process.platform });
  const files = {
    organisation: organisationFile,
    user: join(dirname(user), 'policy.json'),
    project: join(dirname(project), 'policy.json'),
  };
  const texts = textsOf(files);
  const options = { roots: [root], home, mode, files };
  const { problems } = policyOf(texts, options);
  const [first] = problems;
  if (first) {
    const place = `${first.file}:${first.line}:${first.column}`;
    throw new CapstanError('invalid_config', `${place} ${first.message}`, { where: first.file });
  }
  const { policy } = policyOf(
    texts.user === undefined ? texts : { ...texts, user: withMode(texts.user, mode) },
    options,
  );
  if (!policy) throw new CapstanError('invalid_config', `The policy files of ${root} cannot be put together.`);
  return policy;
}

type PolicyFiles = Readonly<Record<'organisation' | 'user' | 'project', string>>;

function textsOf(files: PolicyFiles): Partial<PolicyFiles> {
  const texts: Partial<Record<keyof PolicyFiles, string>> = {};
  for (const level of ['organisation', 'user', 'project'] as const) {
    const text = readIfThere(files[level]);
    if (text !== undefined) texts[level] = text;
  }
  return texts;
}

function readIfThere(path: string): string | undefined {
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

function withMode(text: string, mode: Mode): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), mode });
}
