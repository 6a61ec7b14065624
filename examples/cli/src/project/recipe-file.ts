import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import { parse } from 'yaml';
import { modes, type Mode } from './mode.ts';
import { acceptances, type Acceptance, type Recipe } from './recipe.ts';

/** The folders recipes of one's own lie in. */
export interface RecipeFolders {
  readonly user: string;
  readonly project: string;
}

/**
 * Reads the recipes of the user and of the repository, `NAME.yml` each; one of the repository goes before one of the user
 * with the same name.
 *
 * @throws {CapstanError} `invalid_config` naming the file that is wrong.
 */
export function listRecipeFiles(folders: RecipeFolders): Recipe[] {
  const found = new Map<string, Recipe>();
  for (const source of ['user', 'project'] as const) {
    for (const path of yamlFiles(folders[source])) {
      const recipe = parseRecipe(readFileSync(path, 'utf8'), path, source);
      found.set(recipe.name, recipe);
    }
  }
  return [...found.values()];
}

/** Reads one recipe from its text. @throws {CapstanError} `invalid_config` saying what is wrong. */
export function parseRecipe(text: string, path: string, source: 'user' | 'project'): Recipe {
  const wrong = (what: string) => new CapstanError('invalid_config', `${path} ${what}.`, { where: path });
  const value = parsed(text, wrong);
  const known = ['about', 'takes', 'mode', 'task', 'accept'];
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger !== undefined) throw wrong(`has a field "${stranger}"; there are ${known.join(', ')}`);
  const { about = '', takes, mode, task, accept = [] } = value;
  if (typeof task !== 'string' || task.trim() === '') throw wrong('has no task, the text that is sent');
  if (typeof about !== 'string') throw wrong('has an "about" that is no text');
  if (takes !== undefined && typeof takes !== 'string') throw wrong('has a "takes" that is no text');
  if (mode !== undefined && !modes.includes(mode as Mode))
    throw wrong(`has a mode that is none of ${modes.join(', ')}`);
  if (source === 'project' && mode !== undefined && mode !== 'read-only')
    throw wrong(
      'names a mode. A recipe of a repository may only ask for read-only; how much is allowed is its user’s choice',
    );
  return {
    name: basename(path).replace(/\.ya?ml$/, ''),
    about,
    ...(takes === undefined ? {} : { takes }),
    ...(mode === undefined ? {} : { mode: mode as Mode }),
    task,
    accept: acceptedBy(accept, wrong),
    source,
  };
}

function acceptedBy(value: unknown, wrong: (what: string) => CapstanError): readonly Acceptance[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const stranger = list.find((each) => !acceptances.includes(each as Acceptance));
  if (stranger !== undefined) throw wrong(`accepts ${JSON.stringify(stranger)}; there are ${acceptances.join(', ')}`);
  return list as readonly Acceptance[];
}

function parsed(text: string, wrong: (what: string) => CapstanError): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw wrong(`is not YAML: ${(cause as Error).message.split('\n', 1)[0] ?? ''}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('holds no fields');
  return value as Record<string, unknown>;
}

function yamlFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
