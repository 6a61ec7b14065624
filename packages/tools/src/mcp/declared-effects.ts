import type { Effect } from '@capstan/policy';
import type { ToolAnnotations } from '@modelcontextprotocol/client';
import type { McpServerConfig } from './mcp-server-config.ts';

/** What of a server's word is believed: nothing, or the annotations of its tools. */
export type McpTrust = 'nothing' | 'annotations';

/** Whose word it is. */
export interface EffectSource {
  readonly server: string;
  readonly config: McpServerConfig;
  readonly trust: McpTrust;
}

/** Says what a call of a server's tool would do: unknown, unless the server is trusted and calls the tool read-only. */
export function declaredEffects(tool: string, annotations: ToolAnnotations, source: EffectSource): readonly Effect[] {
  const { server, config, trust } = source;
  const network: Effect[] = 'url' in config ? [{ kind: 'network', url: config.url }] : [];
  if (trust === 'annotations' && annotations.readOnlyHint === true) return network;
  return [{ kind: 'unknown', note: `whatever the tool ${tool} of the MCP server ${server} does` }, ...network];
}
