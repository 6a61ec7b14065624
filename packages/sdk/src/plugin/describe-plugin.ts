import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CapstanError } from '../contract/errors.ts';
import type { PluginDescription, PluginNeeds, PluginPart } from './plugin.ts';

const parts: readonly PluginPart[] = ['tools', 'hooks', 'rules', 'providers'];
const needs: readonly (keyof PluginNeeds)[] = ['network', 'env', 'read', 'write', 'run'];

/**
 * Reads what a plug-in says of itself from its package.json, without running its code.
 *
 * @param name Name of an installed package.
 * @param options.from The folder whose `node_modules`, or one above it, holds the package.
 * @throws {CapstanError} `not_found` if it is not installed, `invalid_config` if it is no plug-in.
 */
export async function describePlugin(name: string, { from }: { readonly from: string }): Promise<PluginDescription> {
  return readManifest(name, from).then(({ folder, manifest }) => describe(name, folder, manifest));
}

/** A package.json, as far as plug-ins matter. */
export interface Manifest {
  readonly version?: unknown;
  readonly description?: unknown;
  readonly license?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
  readonly capstan?: unknown;
}

/** Finds an installed package and reads its package.json. */
export async function readManifest(
  name: string,
  from: string,
): Promise<{ readonly folder: string; readonly manifest: Manifest }> {
  const folder = folderOf(name, from);
  const path = join(folder, 'package.json');
  try {
    return { folder, manifest: JSON.parse(await readFile(path, 'utf8')) as Manifest };
  } catch (cause) {
    throw noPlugin(name, `its ${path} cannot be read`, cause);
  }
}

/** The error for a package that cannot be used as a plug-in. */
export function noPlugin(name: string, why: string, cause?: unknown): CapstanError {
  return new CapstanError('invalid_config', `${name} cannot be used as a plug-in: ${why}.`, { where: name }, { cause });
}

function folderOf(name: string, from: string): string {
  // Only names of packages: no path leads out of node_modules.
  if (!/^(@[\w-][\w.-]*\/)?[\w-][\w.-]*$/.test(name)) throw noPlugin(name, 'that is no name of a package');
  for (let above = resolve(from); ; above = dirname(above)) {
    const folder = join(above, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (above === dirname(above)) break;
  }
  throw new CapstanError(
    'not_found',
    `The plug-in ${name} is not installed. Install it: npm install --prefix ${resolve(from)} ${name}`,
    { where: name },
  );
}

function describe(name: string, folder: string, manifest: Manifest): PluginDescription {
  const { capstan } = manifest;
  const said = isRecord(capstan) ? capstan['plugin'] : undefined;
  if (!isRecord(said)) throw noPlugin(name, 'its package.json has no {"capstan": {"plugin": {"provides": […]}}}');
  const provides = listOf(name, said, 'provides');
  const unknown = provides.find((each) => !parts.includes(each as PluginPart));
  if (unknown !== undefined)
    throw noPlugin(name, `it says it provides "${unknown}"; what there is: ${parts.join(', ')}`);
  return {
    name,
    version: textOf(manifest.version),
    description: textOf(manifest.description),
    license: textOf(manifest.license),
    folder,
    provides: provides as PluginPart[],
    needs: needsOf(name, said['needs'] ?? {}),
  };
}

function needsOf(name: string, said: unknown): PluginNeeds {
  if (!isRecord(said)) throw noPlugin(name, 'its needs are no object');
  const unknown = Object.keys(said).find((key) => !needs.includes(key as keyof PluginNeeds));
  if (unknown !== undefined) throw noPlugin(name, `it says it needs "${unknown}"; what there is: ${needs.join(', ')}`);
  return Object.fromEntries(Object.keys(said).map((key) => [key, listOf(name, said, key)]));
}

function listOf(name: string, said: Readonly<Record<string, unknown>>, key: string): readonly string[] {
  const list = said[key];
  if (Array.isArray(list) && list.every((each) => typeof each === 'string')) return list;
  throw noPlugin(name, `"${key}" in its package.json is no list of texts`);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Tells an object from everything else that JSON may be. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
