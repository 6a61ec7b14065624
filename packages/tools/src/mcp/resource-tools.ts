import type { ResultPart, Tool } from '@capstan/sdk/contract';
import type { Client } from '@modelcontextprotocol/client';
import { declaredEffects } from './declared-effects.ts';
import type { EffectSource } from './declared-effects.ts';
import type { Link } from './link.ts';
import { resourcePart } from './result-parts.ts';
import { toolName } from './tool-name.ts';

export interface ResourceToolsOptions extends EffectSource {
  readonly link: Link;
  readonly timeoutMs: number;
}

/** Makes the tools that list and read the resources of a server: `server__list_resources`, `server__read_resource`. */
export function resourceTools(options: ResourceToolsOptions): readonly Tool[] {
  return [listTool(options), readTool(options) as Tool];
}

function listTool({ link, timeoutMs, ...source }: ResourceToolsOptions): Tool {
  const { server } = source;
  return {
    name: toolName(server, 'list_resources'),
    description: `Lists the resources of the MCP server ${server}: address, type and name of each. Read one by its address.`,
    input: { type: 'object', properties: {}, additionalProperties: false },
    timeoutMs,
    effects: () => effects('list_resources', source),
    async execute(_, { signal }) {
      const lines = await link.ask((client) => describeResources(client, signal), { what: 'list_resources', signal });
      return lines.join('\n') || 'There are no resources.';
    },
  };
}

function readTool({ link, timeoutMs, ...source }: ResourceToolsOptions): Tool<{ readonly uri: string }> {
  const { server } = source;
  const uri = {
    type: 'string',
    minLength: 1,
    description: 'The address, with the placeholders of a template filled in.',
  };
  return {
    name: toolName(server, 'read_resource'),
    description: `Reads a resource of the MCP server ${server}.`,
    input: { type: 'object', properties: { uri }, required: ['uri'], additionalProperties: false },
    timeoutMs,
    effects: () => effects('read_resource', source),
    async execute({ uri: address }, { signal }): Promise<readonly ResultPart[]> {
      const read = (client: Client) => client.readResource({ uri: address }, { signal, cacheMode: 'refresh' });
      return (await link.ask(read, { what: address, signal })).contents.map(resourcePart);
    },
  };
}

// By the protocol reading a resource changes nothing; that, too, is only the server's word.
function effects(name: string, source: EffectSource) {
  return declaredEffects(name, { readOnlyHint: true }, source);
}

async function describeResources(client: Client, signal: AbortSignal): Promise<string[]> {
  const { resources } = await client.listResources(undefined, { signal, cacheMode: 'refresh' });
  const { resourceTemplates } = await client.listResourceTemplates(undefined, { signal, cacheMode: 'refresh' });
  const line = (
    address: string,
    { name, mimeType, description }: (typeof resources)[0] | (typeof resourceTemplates)[0],
  ) => [address, mimeType, name, description].filter((word) => word !== undefined).join(' · ');
  return [
    ...resources.map((resource) => line(resource.uri, resource)),
    ...resourceTemplates.map((template) => line(template.uriTemplate, template)),
  ];
}
