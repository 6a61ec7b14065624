import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfig, readConfigs, writeConfig } from '../project/config-file.ts';
import { configSchema, settingFromWords, settingIn, settings, withSetting } from '../project/config.ts';
import { effectiveSettings } from '../project/effective-settings.ts';
import { lspSetting } from '../project/open-language-servers.ts';
import { rootOf } from '../project/open-project.ts';
import { editFile } from '../run/text-editor.ts';
import { table } from '../render/fit.ts';

/** `capstan config`: settings of the user and of the repository. */
export function command(cli: Cli): Command {
  const config = new Command('config').description('Read and change settings');
  config.addCommand(getCommand(cli), { isDefault: true });
  config.addCommand(setCommand(cli));
  config.addCommand(pathsCommand(cli));
  config.addCommand(schemaCommand(cli));
  config.addCommand(editCommand(cli));
  return config;
}

function getCommand(cli: Cli): Command {
  const get = withGlobals(new Command('get'))
    .alias('list')
    .description('Show settings and where each comes from')
    .argument('[key]', 'one setting');
  return get.action((key: string | undefined) => {
    const { user, project } = readConfigs(cli, rootOf(cli, globalsOf(cli, get)));
    const { mode, budget } = effectiveSettings({ flags: {}, user, project });
    const effective = { ...user, mode, budget, ...lspSetting(user, project) };
    const found = settings
      .filter((each) => key === undefined || each.key === key)
      .map(({ key: name, about }) => {
        const value = settingIn(effective, name) ?? null;
        const ours = settingIn(user, name);
        const source =
          value === null ? null : value === ours ? 'user' : settingIn(project, name) === value ? 'project' : 'default';
        return { key: name, value, source, about };
      });
    if (found.length === 0) settingFromWords(key ?? '', '');
    const rows = found.map((each) => [each.key, String(each.value ?? '-'), each.source ?? '', each.about]);
    const text = key === undefined ? table(rows) : String(found[0]?.value ?? '');
    cli.finish('config get', { payload: { settings: found }, text });
  });
}

function setCommand(cli: Cli): Command {
  const set = withGlobals(new Command('set'))
    .description('Change a setting; without a value, take it out')
    .argument('<key>', settings.map(({ key }) => key).join(', '))
    .argument('[value]')
    .option('--project', "in the repository's file, which can only make things stricter")
    .option('--dry-run', 'say what would be written');
  return set.action((key: string, value: string | undefined, flags: { project?: boolean; dryRun?: boolean }) => {
    const { paths } = readConfigs(cli, rootOf(cli, globalsOf(cli, set)));
    const path = flags.project ? paths.project : paths.user;
    if (flags.project && settings.some((each) => each.key === key && !each.project)) {
      throw new CapstanError('invalid_config', `${key} is the user's alone: a repository cannot set it.`, {
        where: key,
      });
    }
    const parsed = settingFromWords(key, value ?? sample(key));
    const config = withSetting(readConfig(path), key, value === undefined ? undefined : parsed);
    if (!flags.dryRun) writeConfig(path, config);
    const verb = flags.dryRun ? 'would write' : 'wrote';
    cli.finish('config set', { payload: { path, config, dryRun: flags.dryRun === true }, text: `${verb} ${path}` });
  });
}

/** A value that passes the check of a setting, to find out whether the setting exists. */
function sample(key: string): string {
  return settings.find((each) => each.key === key)?.choices?.[0] ?? '1';
}

function pathsCommand(cli: Cli): Command {
  const paths = withGlobals(new Command('paths')).description('Show where settings, sessions and patches lie');
  return paths.action(() => {
    const root = rootOf(cli, globalsOf(cli, paths));
    const { auth, user, project } = readConfigs(cli, root).paths;
    const all = {
      user,
      project,
      auth,
      store: `${root}/.capstan/capstan.db`,
      patches: `${root}/.capstan/patches`,
    };
    cli.finish('config paths', { payload: all, text: table(Object.entries(all)) });
  });
}

function schemaCommand(cli: Cli): Command {
  return withGlobals(new Command('schema'))
    .description('Print the JSON Schema of the file')
    .action(() => {
      const schema = configSchema();
      cli.finish('config schema', { payload: schema, text: JSON.stringify(schema, null, 2) });
    });
}

function editCommand(cli: Cli): Command {
  const edit = withGlobals(new Command('edit')).description("Open the user's file in $EDITOR, and check it afterwards");
  return edit.action(() => {
    const { paths, user } = readConfigs(cli, rootOf(cli, globalsOf(cli, edit)));
    if (cli.io.input !== 'terminal') {
      throw new CapstanError('invalid_config', `An editor needs a terminal. Edit ${paths.user} yourself.`, {
        where: 'config edit',
      });
    }
    writeConfig(paths.user, user);
    editFile(paths.user, cli.io);
    cli.finish('config edit', {
      payload: { path: paths.user, config: readConfig(paths.user) },
      text: `${paths.user} is good.`,
    });
  });
}
