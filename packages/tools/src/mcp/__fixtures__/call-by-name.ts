import type { ToolContext } from '@capstan/sdk/contract';
import type { McpConnection } from '../connect-mcp.ts';

/** Calls a tool of a connection outside of any run; gives its parts as JSON. */
export async function callByName({ tools }: McpConnection, name: string, input: unknown = {}): Promise<string> {
  const tool = tools.find((each) => each.name === name);
  if (!tool) throw new Error(`no tool ${name}; there are ${tools.map((each) => each.name).join(', ')}`);
  const { signal } = new AbortController();
  const context: ToolContext = { signal, callId: 'c', runId: 'r', sessionId: 's', progress: () => {}, patched: () => {} };
  return JSON.stringify(await tool.execute(input, context));
}
