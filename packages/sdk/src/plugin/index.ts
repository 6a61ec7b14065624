export { describePlugin } from './describe-plugin.ts';
export { loadPlugins } from './load-plugins.ts';
export type { LoadPluginsOptions } from './load-plugins.ts';
export type { LoadedPlugins, Plugin, PluginDescription, PluginNeeds, PluginPart, PluginSetting } from './plugin.ts';
