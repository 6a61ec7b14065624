import { Command } from 'commander';
import type { ProvidersOptions } from '@capstan/providers/keys';
import type { ModelInfo } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfigs } from '../project/config-file.ts';
import { rootOf } from '../project/open-project.ts';
import { modelHere } from '../project/pick-model.ts';
import { count } from '../render/amounts.ts';
import { table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { pullCommand } from './models-pull.ts';

const help = `
Examples:
  capstan models                 those whose limits and prices are known
  capstan models anthropic
  capstan models ollama --live   ask the vendor, or the server on this machine
  capstan models pull qwen3:8b   get a model onto the Ollama of this machine
Prices are US dollars per million tokens, as read on the day given with --json.`;

/** `capstan models`: models with what is known of them, and how to get more. */
export function command(cli: Cli): Command {
  const models = new Command('models').description('List models, and get some for Ollama');
  models.addCommand(listCommand(cli), { isDefault: true });
  models.addCommand(pullCommand(cli));
  return models.addHelpText('after', help);
}

function listCommand(cli: Cli): Command {
  const models = withGlobals(new Command('list'))
    .description('List models with context window, abilities and prices')
    .argument('[vendor]', 'only those of a vendor')
    .option('--live', 'ask the vendor itself');
  return models.action(async (vendor: string | undefined, { live }: { live?: boolean }) => {
    const root = rootOf(cli, globalsOf(cli, models));
    const { id: chosen, keys } = await modelHere(cli, root);
    const configFile = readConfigs(cli, root).paths.user;
    const reach = { env: cli.io.env, configFile, ...(keys ? { keys } : {}) };
    const found = live && vendor !== undefined ? await liveModels(vendor, reach) : await knownModels(vendor);
    const rows = found.map(({ id, info }) => [id === chosen ? `* ${id}` : `  ${id}`, ...cells(info)].map(plainText));
    const text =
      rows.length === 0 ? 'No such models. Leave the vendor out to see all, or give --live.' : table([header, ...rows]);
    cli.finish('models list', { payload: { chosen, models: found }, text });
  });
}

const header = ['  model', 'context', 'output', '$ in', '$ out', 'abilities'];

async function knownModels(vendor: string | undefined): Promise<{ id: string; info: ModelInfo }[]> {
  const { catalogue, modelInfo } = await import('@capstan/providers');
  const ids = Object.keys(catalogue).filter((id) => vendor === undefined || id.startsWith(`${vendor}/`));
  return ids.map((id) => ({ id, info: modelInfo(id) }));
}

async function liveModels(vendor: string, reach: ProvidersOptions): Promise<{ id: string; info: ModelInfo }[]> {
  const { openProviders } = await import('@capstan/providers/keys');
  const providers = await openProviders(reach);
  return (await providers.listModels(vendor)).map(({ id, info }) => ({ id, info: info ?? {} }));
}

function cells({ contextWindow, maxOutputTokens, price, tools, vision, reasoning }: ModelInfo): string[] {
  const number = (value: number | undefined) => (value === undefined ? '?' : count(value));
  const abilities = [tools && 'tools', vision && 'images', reasoning && 'reasoning'].filter(Boolean).join(', ');
  return [
    number(contextWindow),
    number(maxOutputTokens),
    String(price?.input ?? '?'),
    String(price?.output ?? '?'),
    abilities,
  ];
}
