import { setImmediate as soon } from 'node:timers/promises';
import { CapstanError, newId } from '@capstan/sdk/contract';
import type { Tool, ToolContext } from '@capstan/sdk/contract';
import type { Client, Progress, Tool as ServerTool } from '@modelcontextprotocol/client';
import { declaredEffects } from './declared-effects.ts';
import type { EffectSource } from './declared-effects.ts';
import type { Link } from './link.ts';
import { resultParts, resultText } from './result-parts.ts';

// The longest that a timer of Node takes; the loop has its own limit for every call.
const noTimeoutMs = 2 ** 31 - 1;

export interface McpToolOptions extends EffectSource {
  readonly name: string;
  readonly link: Link;
  readonly timeoutMs: number;
  /** Throws if the tool may not be called any more; asked once the server is connected. */
  readonly assertCallable: () => void;
}

/** Makes a Capstan tool of a server's tool. */
export function mcpTool(tool: ServerTool, options: McpToolOptions): Tool {
  const { name, server, trust, timeoutMs } = options;
  const { annotations = {}, description } = tool;
  const repeatable = annotations.readOnlyHint === true || annotations.idempotentHint === true;
  return {
    name,
    description: description ?? tool.title ?? `The tool ${tool.name} of the MCP server ${server}.`,
    input: tool.inputSchema,
    timeoutMs,
    untrusted: true,
    ...(trust === 'annotations' && repeatable ? { idempotent: true } : {}),
    effects: () => declaredEffects(tool.name, annotations, options),
    preview: (input) => ({ kind: 'text', text: `${server}: ${tool.name} ${JSON.stringify(input, undefined, 2)}` }),
    execute: (input, context) => call(tool, input, options, context),
  };
}

/** Stands in for a tool that changed since a person accepted it: the model never reads what it says now. */
export function changedTool({ name, server }: Pick<McpToolOptions, 'name' | 'server'>): Tool {
  return {
    name,
    description: `Refused: the MCP server ${server} changed this tool. It cannot be called until the user accepts it again.`,
    input: { type: 'object' },
    effects: () => [],
    execute: () => {
      throw changed(name, server);
    },
  };
}

/** What a call of a changed tool fails with. */
export function changed(name: string, server: string): CapstanError {
  const message = `The MCP server ${server} changed the tool ${name} since it was accepted, so it was not called. Go on without it; the user has to look at it and accept it again.`;
  return new CapstanError('tool_failed', message, { where: name });
}

async function call(tool: ServerTool, input: unknown, options: McpToolOptions, context: ToolContext) {
  const { link, assertCallable } = options;
  const { signal, progress } = context;
  const progressToken = newId();
  const ended = link.duringCall(context);
  const quiet = link.onProgress(progressToken, (made) => progress(progressLine(made)));
  const request = async (client: Client) => {
    assertCallable();
    const params = { name: tool.name, arguments: input as Record<string, unknown>, _meta: { progressToken } };
    return client.callTool(params, { signal, timeout: noTimeoutMs });
  };
  // Progress read together with the result is still on its way to its listener.
  const result = await link.ask(request, { what: tool.name, signal }).finally(async () => {
    await soon();
    quiet();
    ended();
  });
  if (!result.isError) return resultParts(result);
  throw new CapstanError('tool_failed', resultText(result) || `The tool ${tool.name} failed without saying why.`);
}

function progressLine({ progress, total, message }: Progress): string {
  const line = message ?? (total === undefined ? String(progress) : `${progress}/${total}`);
  return line.endsWith('\n') ? line : `${line}\n`;
}
