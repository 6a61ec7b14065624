import { resolve } from 'node:path';
import { Command } from 'commander';
import type { TapeReport, TapeRequest } from '@capstan/providers/tape';
import type { Model, ModelRequest, Tool, ToolSpec } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { AgentFile } from '../project/agent-file.ts';
import { readConfigs } from '../project/config-file.ts';
import { openServers } from '../project/open-language-servers.ts';
import { openTree, rootOf } from '../project/open-project.ts';
import { openTools } from '../project/open-tools.ts';
import { plainText } from '../render/plain-text.ts';
import { instructions } from '../run/instructions.ts';
import { jsonSchemaOf } from '../run/json-schema-of.ts';
import { namedTool } from '../run/named-tool.ts';

/** `capstan tape verify`: what a run of today would tell the model otherwise than the recorded one did. */
export function verifyCommand(cli: Cli): Command {
  const verify = withGlobals(new Command('verify'))
    .description('Say what of the instructions and the tools is not as it was recorded; nothing is sent or done')
    .argument('<file>', 'a tape, made with "capstan run --record"')
    .option('--agent <name>', 'the agent it was recorded with');
  return verify.action(async (file: string, { agent }: { agent?: string }) => {
    const path = resolve(cli.io.cwd, file);
    const tape = await import('@capstan/providers/tape');
    const { calls, model } = tape.readTape(path);
    const root = rootOf(cli, globalsOf(cli, verify));
    const today = await promptHere(cli, root, {
      model,
      agent: agent === undefined ? undefined : await agentHere(cli, root, agent),
    });
    const requests = calls.map(({ request }) => requestToday(request, today));
    const report = await tape.verify(path, (model) => askAll(model, requests));
    const text = report.same
      ? `${calls.length} calls, all asked as they were recorded.`
      : differenceWords(report, tape.tellDifference);
    cli.finish('tape verify', { payload: { path, calls: calls.length, ...report }, text, exit: report.same ? 0 : 1 });
  });
}

interface Prompt {
  readonly instructions: string;
  readonly tools: readonly ToolSpec[];
}

interface Asked {
  readonly model: string;
  readonly agent: AgentFile | undefined;
}

async function agentHere(cli: Cli, root: string, name: string): Promise<AgentFile> {
  const { namedAgent } = await import('../project/agent-file.ts');
  return namedAgent(readConfigs(cli, root).paths.agents, name);
}

async function promptHere(cli: Cli, root: string, { model, agent }: Asked): Promise<Prompt> {
  const tree = await openTree(root);
  try {
    const all = await openTools(tree, { servers: await openServers(cli, root) });
    const chosen = agent?.tools?.map((name) => namedTool(all, name)) ?? all;
    const layers = await instructions(cli, tree, { agent });
    const { text, tools: brought = [] } = await layers.open({ model, signal: new AbortController().signal });
    const tools = [...chosen, ...(brought as readonly Tool[])].map((tool) => ({
      name: tool.name,
      description: tool.description,
      inputSchema: { type: 'object', ...jsonSchemaOf(tool) },
    }));
    return { instructions: text, tools };
  } finally {
    tree.close();
  }
}

/** The recorded conversation under the prompt of today. A call without tools was no turn of the agent: it stays. */
function requestToday(recorded: TapeRequest, today: Prompt): ModelRequest {
  const request = recorded as unknown as ModelRequest;
  return recorded.tools.length === 0 ? request : { ...request, ...today };
}

/** Asks for each call once; how it was answered does not matter here. */
async function askAll(model: Model, requests: readonly ModelRequest[]): Promise<void> {
  const { signal } = new AbortController();
  for (const request of requests) {
    const events = model.stream(request, { signal })[Symbol.asyncIterator]();
    await events.next().catch(() => {});
    await events.return?.();
  }
}

/** Each difference once, with the calls it is found in. */
function differenceWords({ changed }: TapeReport, tell: (difference: Difference) => string): string {
  const calls = new Map<string, number[]>();
  for (const { call, differences } of changed)
    for (const each of differences) {
      const line = tell(each);
      calls.set(line, [...(calls.get(line) ?? []), call]);
    }
  const lines = [...calls].map(([line, numbers]) => {
    const where = numbers.length === 1 ? `call ${numbers[0]}` : `${numbers.length} calls from ${numbers[0]} on`;
    return `${where}: ${line}`;
  });
  return plainText(`Today the model would be told otherwise:\n${lines.join('\n')}`);
}

type Difference = TapeReport['changed'][number]['differences'][number];
