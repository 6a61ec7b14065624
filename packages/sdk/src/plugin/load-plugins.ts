import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Rule } from '@capstan/policy';
import type { Hook } from '../contract/hook.ts';
import type { Model } from '../contract/model.ts';
import type { Tool } from '../contract/tool.ts';
import { messageOf } from '../loop/message-of.ts';
import type { Manifest } from './describe-plugin.ts';
import { describePlugin, isRecord, noPlugin, readManifest } from './describe-plugin.ts';
import type { LoadedPlugins, Plugin, PluginDescription, PluginPart, PluginSetting } from './plugin.ts';

export interface LoadPluginsOptions {
  /** The folder whose `node_modules`, or one above it, holds the packages. */
  readonly from: string;
  /**
   * Asked for each plug-in before any of its code runs, with what it says it needs. Only `true` loads it: a package in
   * reach of the process is not yet one that somebody wanted.
   */
  readonly trust: (plugin: PluginDescription) => boolean | Promise<boolean>;
  /** Where the variables come from that a plug-in needs. Default: none. */
  readonly env?: { readonly [name: string]: string | undefined };
}

/**
 * Loads plug-ins by the names of their packages, in this order. What each gives must be what its package.json declares.
 *
 * @throws {CapstanError} `not_found` for one that is not installed, `invalid_config` for one that is not trusted, fails to
 *   load, gives what it does not declare, or clashes with one before it.
 */
export async function loadPlugins(names: readonly string[], options: LoadPluginsOptions): Promise<LoadedPlugins> {
  const loaded = new Sum();
  for (const name of names) {
    const description = await describePlugin(name, options);
    if ((await options.trust(description)) !== true) throw noPlugin(name, 'it is not trusted');
    loaded.add(name, checked(description, await load(description, options)));
  }
  return loaded;
}

/** What was loaded so far, and from which plug-in. */
class Sum implements LoadedPlugins {
  readonly tools: Tool<never>[] = [];
  readonly hooks: Hook[] = [];
  readonly rules: Rule[] = [];
  readonly providers: Record<string, (model: string) => Model> = {};
  readonly #owners = new Map<string, string>();

  add(name: string, { tools = [], hooks = [], rules = [], providers = {} }: Plugin): void {
    for (const tool of tools) this.#own(`the tool ${tool.name}`, name);
    for (const rule of rules) this.#own(`the rule ${rule.id}`, name);
    for (const vendor of Object.keys(providers)) this.#own(`the vendor ${vendor}`, name);
    this.tools.push(...tools);
    this.hooks.push(...hooks.map((hook) => ({ ...hook, name: `${name}: ${hook.name}` })));
    this.rules.push(...rules);
    Object.assign(this.providers, providers);
  }

  #own(what: string, name: string): void {
    const owner = this.#owners.get(what);
    if (owner !== undefined) throw noPlugin(name, `${what} is given by ${owner}, too`);
    this.#owners.set(what, name);
  }
}

async function load(description: PluginDescription, { from, env = {} }: LoadPluginsOptions): Promise<Plugin> {
  const { name, needs } = description;
  const { folder, manifest } = await readManifest(name, from);
  const module = await importEntry(name, entryOf(name, folder, manifest));
  const made = module['plugin'];
  if (typeof made !== 'function') return asPlugin(name, made);
  const granted = (needs.env ?? []).flatMap((key) => (env[key] === undefined ? [] : [[key, env[key]] as const]));
  const setting: PluginSetting = { env: Object.fromEntries(granted) };
  try {
    return asPlugin(name, await (made as (setting: PluginSetting) => unknown)(setting));
  } catch (cause) {
    throw noPlugin(name, `its function fails (${messageOf(cause)})`, cause);
  }
}

async function importEntry(name: string, entry: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(entry).href)) as Record<string, unknown>;
  } catch (cause) {
    throw noPlugin(name, `it cannot be loaded (${messageOf(cause)})`, cause);
  }
}

function asPlugin(name: string, made: unknown): Plugin {
  if (typeof made === 'object' && made !== null && !Array.isArray(made)) return made;
  throw noPlugin(name, 'it exports no "plugin"');
}

function checked({ name, provides }: PluginDescription, plugin: Plugin): Plugin {
  const undeclared = Object.keys(plugin).find((part) => !provides.includes(part as PluginPart));
  if (undeclared !== undefined) throw noPlugin(name, `it gives ${undeclared}, which its package.json does not declare`);
  const lax = plugin.rules?.find((rule) => rule.verdict === 'allow');
  if (lax) throw noPlugin(name, `its rule ${lax.id} allows; a plug-in's rules may only ask or deny`);
  return plugin;
}

const conditions = ['import', 'node', 'module-sync', 'default'];

/** The file that `import` would load: the main entry of `exports`, else `main`. */
function entryOf(name: string, folder: string, { exports, main }: Manifest): string {
  const root = isRecord(exports) && '.' in exports ? exports['.'] : exports;
  const target = targetOf(root) ?? (typeof main === 'string' ? main : 'index.js');
  const entry = join(folder, target);
  if (relative(folder, entry).startsWith('..')) throw noPlugin(name, 'its entry lies outside of it');
  return entry;
}

function targetOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!isRecord(value)) return undefined;
  for (const [condition, target] of Object.entries(value)) {
    const found = conditions.includes(condition) ? targetOf(target) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
