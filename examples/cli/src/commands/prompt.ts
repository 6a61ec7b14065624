import { relative } from 'node:path';
import { Command } from 'commander';
import type { PromptDump, PromptLayers } from '@capstan/sdk';
import { CapstanError, type Tool } from '@capstan/sdk/contract';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfigs } from '../project/config-file.ts';
import { maskSecrets } from '../project/guard-text.ts';
import { openServers } from '../project/open-language-servers.ts';
import { openTree, rootOf } from '../project/open-project.ts';
import { openTools } from '../project/open-tools.ts';
import { modelHere } from '../project/pick-model.ts';
import type { Colour } from '../render/colour.ts';
import { table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { instructions, type InstructionsOptions } from '../run/instructions.ts';
import { jsonSchemaOf } from '../run/json-schema-of.ts';

const showHelp = `
Examples:
  capstan prompt show fix --var file=src/a.ts
  capstan prompt show fix --var file=src/a.ts | capstan run -`;

/** `capstan prompt`: what a model is told. */
export function command(cli: Cli): Command {
  const prompt = new Command('prompt').description('Show what a model is told, and prompts of your own');
  prompt.addCommand(dumpCommand(cli), { isDefault: true });
  prompt.addCommand(listCommand(cli));
  prompt.addCommand(showCommand(cli));
  return prompt;
}

interface DumpFlags {
  readonly tools?: boolean;
  readonly plain?: boolean;
  readonly model?: string;
  readonly agent?: string;
  readonly at?: string;
}

function dumpCommand(cli: Cli): Command {
  const dump = withGlobals(new Command('dump'))
    .description('Print the instructions as they are sent, with where each part comes from')
    .option('--plain', 'the text alone')
    .option('--tools', 'with the tools, as the model sees them')
    .option('-m, --model <vendor/name>', 'as this model is told')
    .option('--agent <name>', 'with the words of one of your agents')
    .option('--at <path>', 'folder or file at work (default: the current folder)');
  return dump.action(async (flags: DumpFlags) => {
    const globals = globalsOf(cli, dump);
    const root = rootOf(cli, globals);
    const agent = flags.agent === undefined ? undefined : await agentHere(cli, root, flags.agent);
    const { id: model } = await modelHere(cli, root, flags.model);
    await withLayers(cli, root, { agent, at: flags.at }, async (layers, tree) => {
      const found = await asSent(cli, root, await layers.dump({ model }));
      const { tools: brought = [] } = await layers.open({ model, signal: new AbortController().signal });
      const all = [
        ...(await openTools(tree, { servers: await openServers(cli, root) })),
        ...(brought as readonly Tool[]),
      ];
      const tools = all.map((tool) => ({
        name: tool.name,
        description: tool.description,
        inputSchema: jsonSchemaOf(tool),
      }));
      const { text: told, ...rest } = found;
      const shown = flags.plain ? told : annotated(found, root, colourOf(cli, globals));
      const text = flags.tools ? `${shown}\n\n${JSON.stringify(tools, null, 2)}` : shown;
      cli.finish('prompt dump', { payload: { model, instructions: told, ...rest, tools }, text });
    });
  });
}

/** What a run's hooks leave of the instructions: secrets in them reach no model, so they are not shown either. */
async function asSent(cli: Cli, root: string, dump: PromptDump): Promise<PromptDump> {
  const hook = await maskSecrets(cli, root);
  const at = { runId: '', sessionId: '', turn: 0, signal: new AbortController().signal };
  const masked = async (text: string) => {
    const sent = await hook.beforeModel?.({ instructions: text, messages: [], tools: [] }, at);
    return sent && 'instructions' in sent ? (sent.instructions ?? '') : text;
  };
  const parts = await Promise.all(dump.parts.map(async (part) => ({ ...part, text: await masked(part.text) })));
  return { ...dump, parts, text: parts.map(({ text }) => text).join('') };
}

/** Each part under a line that says its layer, its file and lines, and its tokens. */
function annotated({ parts, tokens, leftOut }: PromptDump, root: string, colour: Colour): string {
  const sections = parts.map((part) => {
    const lines = part.lines ? `:${part.lines[0]}-${part.lines[1]}` : '';
    const where = part.file === undefined ? 'Capstan' : `${shortPath(part.file, root)}${lines}`;
    return `${colour.dim(`── ${part.layer} · ${where} · ${part.tokens} tokens`)}\n${plainText(part.text).trim()}`;
  });
  const total = colour.dim(`── about ${tokens} tokens`);
  const missing = leftOut.map(({ file, why }) => `left out: ${shortPath(file, root)} ${why}`);
  return [...sections, [total, ...missing.map(plainText)].join('\n')].join('\n');
}

function shortPath(file: string, root: string): string {
  const way = relative(root, file);
  return way.startsWith('..') ? file : way;
}

function listCommand(cli: Cli): Command {
  const list = withGlobals(new Command('list')).description('List the prompts of the user and of this repository');
  return list.action(async () => {
    await withLayers(cli, rootOf(cli, globalsOf(cli, list)), {}, async (layers) => {
      const prompts = await layers.prompts();
      const rows = prompts.map(({ name, owner, description, variables }) => [
        name,
        owner,
        variables.map((each) => each.name).join(', '),
        plainText(description),
      ]);
      const none = 'No prompts yet. Write one in .capstan/prompts/NAME.md.';
      const { leftOut } = await layers.dump({ model: '' });
      const wrong = leftOut.filter(({ file }) => /[\\/]prompts[\\/][^\\/]+$/.test(file));
      const told = [
        rows.length === 0 && wrong.length === 0 ? none : table(rows).trimEnd(),
        ...wrong.map(({ why }) => `left out: ${plainText(why)}`),
      ];
      cli.finish('prompt list', { payload: { prompts }, text: told.filter(Boolean).join('\n') });
    });
  });
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show'))
    .description('Print a prompt filled in')
    .argument('<name>')
    .option('--var <name=value...>', 'value of a variable', [])
    .addHelpText('after', showHelp);
  return show.action(async (name: string, flags: { var: readonly string[] }) => {
    const values = Object.fromEntries(flags.var.map(pairOf));
    await withLayers(cli, rootOf(cli, globalsOf(cli, show)), {}, async (layers) => {
      const text = await layers.prompt(name, values);
      cli.finish('prompt show', { payload: { name, values, text }, text });
    });
  });
}

function pairOf(words: string): [string, string] {
  const at = words.indexOf('=');
  if (at > 0) return [words.slice(0, at), words.slice(at + 1)];
  throw new CapstanError('invalid_config', `--var takes name=value, not "${words}".`, { where: '--var' });
}

async function withLayers(
  cli: Cli,
  root: string,
  options: InstructionsOptions,
  action: (layers: PromptLayers, tree: Awaited<ReturnType<typeof openTree>>) => Promise<void>,
): Promise<void> {
  const tree = await openTree(root);
  try {
    await action(await instructions(cli, tree, options), tree);
  } finally {
    tree.close();
  }
}

/** Agents are loaded only where one is named: reading them takes a YAML library. */
async function agentHere(cli: Cli, root: string, name: string) {
  const { namedAgent } = await import('../project/agent-file.ts');
  return namedAgent(readConfigs(cli, root).paths.agents, name);
}
