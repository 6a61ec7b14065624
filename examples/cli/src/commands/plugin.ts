import { Command } from 'commander';
import type { PluginDescription } from '@capstan/sdk/plugins';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfig, readConfigs, writeConfig, type Configs } from '../project/config-file.ts';
import { rootOf } from '../project/open-project.ts';
import { table } from '../render/fit.ts';

const help = `
Install a plug-in beside your settings, look at what it needs, then trust it:
  npm install --prefix ~/.config/capstan capstan-plugin-weather
  capstan plugin show capstan-plugin-weather
  capstan plugin trust capstan-plugin-weather

A plug-in is code that runs with your rights. It is trusted in one version; another is refused until you trust it anew. A
repository can neither name nor bring plug-ins.`;

/** `capstan plugin`: the packages whose tools, hooks and rules the user trusts. */
export function command(cli: Cli): Command {
  const plugin = new Command('plugin')
    .description('Show, trust and forget plug-ins of your own')
    .addHelpText('after', help);
  plugin.addCommand(listCommand(cli), { isDefault: true });
  plugin.addCommand(showCommand(cli));
  plugin.addCommand(trustCommand(cli));
  plugin.addCommand(forgetCommand(cli));
  return plugin;
}

function listCommand(cli: Cli): Command {
  const list = withGlobals(new Command('list')).description('List the plug-ins that you trust');
  return list.action(() => {
    const plugins = Object.entries(configsOf(cli, list).user.plugins ?? {}).map(([name, version]) => ({
      name,
      version,
    }));
    const text = table(plugins.map(({ name, version }) => [name, version]));
    cli.finish('plugin list', { payload: { plugins }, text: text || 'No plug-in is trusted.' });
  });
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show'))
    .description('Show what an installed plug-in gives and needs, without running it')
    .argument('<name>', 'name of the package');
  return show.action(async (name: string) => {
    const { user, paths } = configsOf(cli, show);
    const plugin = await described(name, paths.folder);
    const trusted = user.plugins?.[name];
    const word = trusted === undefined ? 'no' : trusted === plugin.version ? 'yes' : `no: you trust ${trusted}`;
    cli.finish('plugin show', { payload: { ...plugin, trusted: word === 'yes' }, text: card(plugin, word) });
  });
}

function trustCommand(cli: Cli): Command {
  const trust = withGlobals(new Command('trust'))
    .description('Trust an installed plug-in in the version that it has')
    .argument('<name>', 'name of the package')
    .option('--dry-run', 'say what would be trusted');
  return trust.action(async (name: string, { dryRun = false }: { dryRun?: boolean }) => {
    const { paths } = configsOf(cli, trust);
    const plugin = await described(name, paths.folder);
    const config = readConfig(paths.user);
    if (!dryRun) writeConfig(paths.user, { ...config, plugins: { ...config.plugins, [name]: plugin.version } });
    cli.finish('plugin trust', { payload: { ...plugin, dryRun }, text: card(plugin, dryRun ? 'not yet' : 'yes') });
  });
}

function forgetCommand(cli: Cli): Command {
  const forget = withGlobals(new Command('forget'))
    .description('Trust a plug-in no longer')
    .argument('<name>', 'name of the package')
    .option('--dry-run', 'say what would be forgotten');
  return forget.action((name: string, { dryRun = false }: { dryRun?: boolean }) => {
    const { paths } = configsOf(cli, forget);
    const { plugins = {}, ...config } = readConfig(paths.user);
    const { [name]: version, ...others } = plugins;
    if (!dryRun) writeConfig(paths.user, Object.keys(others).length === 0 ? config : { ...config, plugins: others });
    const text =
      version === undefined ? `${name} was not trusted.` : `${name} ${dryRun ? 'would be' : 'is'} trusted no longer.`;
    cli.finish('plugin forget', { payload: { name, forgotten: version !== undefined, dryRun }, text });
  });
}

function configsOf(cli: Cli, command: Command): Configs {
  return readConfigs(cli, rootOf(cli, globalsOf(cli, command)));
}

async function described(name: string, folder: string): Promise<PluginDescription> {
  const { describePlugin } = await import('@capstan/sdk/plugins');
  return describePlugin(name, { from: folder });
}

function card({ name, version, license, description, provides, needs }: PluginDescription, trusted: string): string {
  const rows = [
    ['gives', provides.join(', ')],
    ...Object.entries(needs).map(([need, values]) => [`needs ${need}`, (values as readonly string[]).join(', ')]),
    ['licence', license || 'none named'],
    ['trusted', trusted],
  ];
  return `${name} ${version}${description === '' ? '' : `\n${description}`}\n\n${table(rows)}`;
}
