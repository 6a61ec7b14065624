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
    server.registerTool(tool.name, { description, inputSchema }, async (input, request) => {
      const { progress, sent } = progressOf(request);
      const result = await answerCall(tool, input, {
        options,
        context: { signal: request.mcpReq.signal, sessionId, progress },
      });
      // A client stops listening at the result, so what was said before goes out before it.
      await sent();
      return result;
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

interface Progressing {
  readonly progress: (text: string) => void;
  /** Resolves when all of it is on its way. */
  readonly sent: () => Promise<unknown>;
}

/** Sends live output as progress, to a client that asked for it. */
function progressOf({ mcpReq }: ServerContext): Progressing {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return { progress: () => {}, sent: () => Promise.resolve() };
  let progress = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    progress(message) {
      const params = { progressToken, progress: ++progress, message };
      // A client that has gone away needs no progress; its call is aborted.
      const sending = mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
      last = Promise.all([last, sending]);
    },
    sent: () => last,
  };
}
