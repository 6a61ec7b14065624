import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import type { ProviderConfig } from '@capstan/providers/keys';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfigs, writeConfig } from '../project/config-file.ts';
import type { Config } from '../project/config.ts';
import { rootOf } from '../project/open-project.ts';
import { openKeys } from '../project/pick-model.ts';
import { keyVariable, vendorKeys } from '../project/vendor-keys.ts';
import { table } from '../render/fit.ts';
import { plural } from '../render/amounts.ts';

const help = `
Examples:
  capstan provider                                        vendors and hosts, and which have a key
  capstan provider add work --base-url https://models.example.com/v1
  capstan provider test work                              ask it for its models
  capstan run -m work/big "…"`;

/** `capstan provider`: vendors, and hosts of one's own that speak OpenAI's API. */
export function command(cli: Cli): Command {
  const provider = new Command('provider')
    .description('List vendors, and name hosts of your own')
    .addHelpText('after', help);
  provider.addCommand(listCommand(cli), { isDefault: true });
  provider.addCommand(addCommand(cli));
  provider.addCommand(removeCommand(cli));
  provider.addCommand(testCommand(cli));
  return provider;
}

type Named = Readonly<Record<string, ProviderConfig>>;

function namedIn({ providers = {} }: Config): Named {
  return providers as Named;
}

function listCommand(cli: Cli): Command {
  const list = withGlobals(new Command('list')).description('List vendors and hosts, and which have a key');
  return list.action(async () => {
    const { paths, user } = readConfigs(cli, rootOf(cli, globalsOf(cli, list)));
    const kept = new Set((await (await openKeys(cli, paths.auth)).list()).map(({ vendor }) => vendor));
    const own = Object.entries(namedIn(user))
      .filter(([name]) => !vendorKeys.some(({ vendor }) => vendor === name))
      .map(
        ([
          name,
          { baseURL, keyVariable: variable = `${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_API_KEY` },
        ]) => ({
          vendor: name,
          key: cli.io.env[variable] ? variable : kept.has(name) ? paths.auth : null,
          variable,
          baseURL: baseURL ?? null,
          own: true,
        }),
      );
    const known = vendorKeys.map((each) => ({
      vendor: each.vendor,
      key: keyVariable(each, cli.io.env) ?? (kept.has(each.vendor) ? paths.auth : null),
      variable: each.variables[0] ?? null,
      baseURL: namedIn(user)[each.vendor]?.baseURL ?? null,
      own: false,
    }));
    const providers = [...known, ...own];
    const rows = providers.map(({ vendor, key, variable, baseURL }) => [
      vendor,
      key === null ? `no key (${variable ?? 'none needed'})` : `key from ${key}`,
      baseURL ?? '',
    ]);
    cli.finish('provider list', { payload: { providers }, text: table(rows) });
  });
}

interface AddFlags {
  readonly baseUrl: string;
  readonly keyVariable?: string;
  readonly api?: string;
  readonly dryRun?: boolean;
}

function addCommand(cli: Cli): Command {
  const add = withGlobals(new Command('add'))
    .description("Name a host that speaks OpenAI's API, or change it; its key is kept by capstan auth login")
    .argument('<name>', 'small letters, digits and "-"; its models are NAME/MODEL')
    .requiredOption('--base-url <url>', 'its address, as https://host/v1')
    .option('--key-variable <name>', 'environment variable of its key (default: NAME_API_KEY)')
    .option('--api <api>', "which of OpenAI's APIs it speaks: chat or responses (default: chat)")
    .option('--dry-run', 'say what would be written');
  return add.action(async (name: string, { baseUrl, keyVariable: variable, api, dryRun }: AddFlags) => {
    const { paths, user } = readConfigs(cli, rootOf(cli, globalsOf(cli, add)));
    checkName(name);
    checkAddress(baseUrl);
    if (api !== undefined && api !== 'chat' && api !== 'responses')
      throw new CapstanError('invalid_config', `--api takes chat or responses, not "${api}".`, { where: '--api' });
    const entry: ProviderConfig = {
      ...namedIn(user)[name],
      baseURL: baseUrl,
      ...(variable === undefined ? {} : { keyVariable: variable }),
      ...(api === undefined ? {} : { api }),
    };
    if (!dryRun) writeConfig(paths.user, { ...user, providers: { ...user.providers, [name]: entry } });
    cli.finish('provider add', {
      payload: { name, provider: entry, path: paths.user, dryRun: dryRun === true },
      text: `${dryRun ? 'would name' : 'named'} ${name}: ${baseUrl}\nKeep its key: capstan auth login ${name}`,
    });
  });
}

function removeCommand(cli: Cli): Command {
  const remove = withGlobals(new Command('remove'))
    .description('Forget a host; its key stays until capstan auth logout')
    .argument('<name>')
    .option('--dry-run', 'say what would be forgotten');
  return remove.action((name: string, { dryRun }: { dryRun?: boolean }) => {
    const { paths, user } = readConfigs(cli, rootOf(cli, globalsOf(cli, remove)));
    const { [name]: had, ...rest } = namedIn(user);
    if (!had) throw new CapstanError('not_found', `No host ${name} is named in ${paths.user}.`, { where: name });
    const { providers: _, ...others } = user;
    if (!dryRun) writeConfig(paths.user, Object.keys(rest).length === 0 ? others : { ...user, providers: rest });
    cli.finish('provider remove', {
      payload: { name, path: paths.user, dryRun: dryRun === true },
      text: `${dryRun ? 'would forget' : 'forgot'} ${name}`,
    });
  });
}

function testCommand(cli: Cli): Command {
  const test = withGlobals(new Command('test'))
    .description('Ask a vendor or host for its models: address, key and answer are seen to work')
    .argument('<name>');
  return test.action(async (name: string) => {
    const { paths } = readConfigs(cli, rootOf(cli, globalsOf(cli, test)));
    const { openProviders } = await import('@capstan/providers/keys');
    const keys = await openKeys(cli, paths.auth);
    const providers = await openProviders({ env: cli.io.env, configFile: paths.user, keys });
    const began = cli.io.clock();
    const models = (await providers.listModels(name)).map(({ id }) => id);
    const ms = Math.round(cli.io.clock() - began);
    cli.finish('provider test', {
      payload: { name, models, ms },
      text: `${name} answers in ${ms} ms and lists ${plural(models.length, 'model')}.`,
    });
  });
}

function checkName(name: string): void {
  if (/^[a-z][a-z0-9-]{0,40}$/.test(name) && name !== 'practice' && name !== 'capstan' && name !== 'local') return;
  throw new CapstanError('invalid_config', `A host's name is small letters, digits and "-", not "${name}".`, {
    where: 'name',
  });
}

function checkAddress(address: string): void {
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return;
  throw new CapstanError('invalid_config', `--base-url takes an address as https://host/v1, not "${address}".`, {
    where: '--base-url',
  });
}
