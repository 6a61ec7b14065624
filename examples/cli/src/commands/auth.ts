import { text as readText } from 'node:stream/consumers';
import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfigs } from '../project/config-file.ts';
import type { Config } from '../project/config.ts';
import { rootOf } from '../project/open-project.ts';
import { openKeys } from '../project/pick-model.ts';
import { keyVariable, vendorKeys } from '../project/vendor-keys.ts';
import { table } from '../render/fit.ts';
import { askSecret } from '../run/ask-secret.ts';

const help = `
Examples:
  capstan auth login openai              asks for the key, which is not shown
  pass show openai | capstan auth login openai
With CAPSTAN_PASSPHRASE set, the kept keys are sealed with it.
A key is never taken from the command line, where other programs could read it.`;

/** `capstan auth`: keys of vendors, kept in a file that only its owner can read. */
export function command(cli: Cli): Command {
  const auth = new Command('auth').description('Keep, list and forget the keys of vendors');
  auth.addCommand(listCommand(cli), { isDefault: true });
  auth.addCommand(loginCommand(cli));
  auth.addCommand(logoutCommand(cli));
  return auth;
}

function loginCommand(cli: Cli): Command {
  const login = withGlobals(new Command('login'))
    .description('Keep a key')
    .argument('<vendor>', names())
    .option('--dry-run', 'say where the key would be kept')
    .addHelpText('after', help);
  return login.action(async (vendor: string, { dryRun }: { dryRun?: boolean }) => {
    const { paths, user } = readConfigs(cli, rootOf(cli, globalsOf(cli, login)));
    const { auth } = paths;
    checkVendor(vendor, user);
    const key = (await givenKey(cli, vendor)).trim();
    const keys = await openKeys(cli, auth);
    if (!dryRun) await keys.set(vendor, key);
    const { maskKey } = await import('@capstan/providers/keys');
    cli.finish('auth login', {
      payload: { vendor, key: maskKey(key), path: auth, dryRun: dryRun === true },
      text: `${dryRun ? 'would keep' : 'kept'} ${maskKey(key)} for ${vendor} in ${auth}`,
    });
  });
}

async function givenKey(cli: Cli, vendor: string): Promise<string> {
  const { io } = cli;
  if (io.input === 'pipe' || io.input === 'file') return readText(io.stdin);
  if (io.input === 'terminal') return askSecret(io, `Key for ${vendor} (not shown): `);
  throw new CapstanError('invalid_config', 'There is nobody to ask. Pipe the key in on stdin.', { where: 'stdin' });
}

function listCommand(cli: Cli): Command {
  const list = withGlobals(new Command('list')).description(
    'List the keys there are, masked, and where each comes from',
  );
  return list.action(async () => {
    const { auth } = readConfigs(cli, rootOf(cli, globalsOf(cli, list))).paths;
    const { maskKey } = await import('@capstan/providers/keys');
    const kept = await (await openKeys(cli, auth)).list();
    const found = vendorKeys.flatMap((each) => {
      const variable = keyVariable(each, cli.io.env);
      const key = variable === undefined ? undefined : cli.io.env[variable];
      const shown = key ? maskKey(key) : kept.find(({ vendor }) => vendor === each.vendor)?.shown;
      return shown === undefined ? [] : [{ vendor: each.vendor, key: shown, source: variable ?? auth }];
    });
    const others = kept.filter(({ vendor }) => !vendorKeys.some((each) => each.vendor === vendor));
    found.push(...others.map(({ vendor, shown }) => ({ vendor, key: shown, source: auth })));
    const text =
      found.length === 0
        ? `No keys. Keep one with "capstan auth login VENDOR".`
        : table(found.map(({ vendor, key, source }) => [vendor, key, source]));
    cli.finish('auth list', { payload: { keys: found }, text });
  });
}

function logoutCommand(cli: Cli): Command {
  const logout = withGlobals(new Command('logout'))
    .description('Forget a kept key')
    .argument('<vendor>', names())
    .option('--dry-run', 'say what would be forgotten');
  return logout.action(async (vendor: string, { dryRun }: { dryRun?: boolean }) => {
    const { auth } = readConfigs(cli, rootOf(cli, globalsOf(cli, logout))).paths;
    const keys = await openKeys(cli, auth);
    const had = dryRun ? (await keys.get(vendor)) !== undefined : await keys.delete(vendor);
    if (!had) throw new CapstanError('not_found', `No key is kept for ${vendor}.`, { where: vendor });
    cli.finish('auth logout', {
      payload: { vendor, dryRun: dryRun === true },
      text: `${dryRun ? 'would forget' : 'forgot'} the key for ${vendor}`,
    });
  });
}

function names(): string {
  return `${vendorKeys.map(({ vendor }) => vendor).join(', ')}, or a provider of your own`;
}

function checkVendor(vendor: string, { providers = {} }: Config): void {
  if (vendorKeys.some((each) => each.vendor === vendor) || Object.hasOwn(providers, vendor)) return;
  throw new CapstanError(
    'invalid_config',
    `"${vendor}" takes no key here. There are ${names()}, named under "providers" in config.json.`,
    { where: 'vendor' },
  );
}
