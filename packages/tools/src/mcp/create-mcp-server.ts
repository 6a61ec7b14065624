import { CapstanError, newId } from '@capstan/sdk/contract';
import type { Schema, Tool } from '@capstan/sdk/contract';
import type { McpServer, ServerContext, StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { loadServer } from './load-sdk.ts';
import { answerCall } from './served-call.ts';
import type { McpServerOptions } from './served-call.ts';

/**
 * Makes an MCP server of Capstan tools, for a transport of your choice. Each call is judged by the policy.
 *
 * One server serves one connection: make a new one for each.
 *
 * @throws {CapstanError} `invalid_config` if `@modelcontextprotocol/server` is missing or a tool's schema gives no
 *   JSON Schema.
 */
export async function createMcpServer(tools: readonly Tool<never>[], options: McpServerOptions): Promise<McpServer> {
  const { McpServer, fromJsonSchema } = await loadServer();
  const { name = 'capstan', version = '0.1.0', instructions } = options;
  const server = new McpServer({ name, version }, instructions === undefined ? {} : { instructions });
  const sessionId = newId();
  // The input is checked against the tool's own schema before the tool sees it.
  for (const tool of tools as readonly Tool[]) {
    const { description } = tool;
    const inputSchema = withJsonSchema(tool.name, tool.input, fromJsonSchema);
    server.registerTool(tool.name, { description, inputSchema }, (input, request) => {
      const context = { signal: request.mcpReq.signal, sessionId, progress: progressOf(request) };
      return answerCall(tool, input, { options, context });
    });
  }
  return server;
}

function withJsonSchema(
  name: string,
  schema: Schema,
  fromJsonSchema: (schema: Record<string, unknown>) => StandardSchemaWithJSON,
): StandardSchemaWithJSON {
  const standard: unknown = schema['~standard'];
  if (standard === undefined) return fromJsonSchema({ type: 'object', ...schema });
  if (typeof standard === 'object' && standard && 'jsonSchema' in standard) return schema as StandardSchemaWithJSON;
  const message = `The schema of tool "${name}" gives no JSON Schema. Use Zod 4.2 or later, or a plain JSON Schema.`;
  throw new CapstanError('invalid_config', message, { where: name });
}

/** Sends live output as progress, to a client that asked for it. */
function progressOf({ mcpReq }: ServerContext): (text: string) => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let progress = 0;
  return (message) => {
    const params = { progressToken, progress: ++progress, message };
    // A client that has gone away needs no progress; its call is aborted.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
  };
}
