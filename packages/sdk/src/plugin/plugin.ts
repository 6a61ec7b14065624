import type { Rule } from '@capstan/policy';
import type { Hook } from '../contract/hook.ts';
import type { Model } from '../contract/model.ts';
import type { Tool } from '../contract/tool.ts';

/** What a plug-in may give an agent. */
export type PluginPart = 'tools' | 'hooks' | 'rules' | 'providers';

/** What a plug-in package exports as `plugin`: this, or a function that makes it of a `PluginSetting`. */
export interface Plugin {
  readonly tools?: readonly Tool<never>[];
  readonly hooks?: readonly Hook[];
  /** Rules that ask or deny. A plug-in cannot allow what the agent's own policy does not. */
  readonly rules?: readonly Rule[];
  /** Vendors by name; each makes a model of a model's name. */
  readonly providers?: { readonly [vendor: string]: (model: string) => Model };
}

/** What a plug-in's function is given. */
export interface PluginSetting {
  /** The environment variables that it says it needs, those that are set. */
  readonly env: { readonly [name: string]: string };
}

/** What a package says of itself, read without running any of its code. */
export interface PluginDescription {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** Where it is installed. */
  readonly folder: string;
  readonly provides: readonly PluginPart[];
  /** What it says it touches. */
  readonly needs: PluginNeeds;
}

/** What a plug-in says it touches. Shown before it is trusted; its code runs with all rights of the process. */
export interface PluginNeeds {
  /** Hosts it reaches. */
  readonly network?: readonly string[];
  /** Environment variables it is given. */
  readonly env?: readonly string[];
  /** Paths it reads and writes, and programs it starts. */
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly run?: readonly string[];
}

/** What plug-ins give together, in the order they were named. */
export interface LoadedPlugins {
  readonly tools: readonly Tool<never>[];
  readonly hooks: readonly Hook[];
  readonly rules: readonly Rule[];
  readonly providers: { readonly [vendor: string]: (model: string) => Model };
}
