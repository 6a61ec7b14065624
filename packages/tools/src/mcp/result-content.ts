import type { ResultPart, ToolOutput } from '@capstan/sdk/contract';
import type { ContentBlock } from '@modelcontextprotocol/server';

/** Turns a tool's output into what MCP clients read. */
export function resultContent(output: ToolOutput): ContentBlock[] {
  return typeof output === 'string' ? [{ type: 'text', text: output }] : output.map(blockOf);
}

function blockOf(part: ResultPart): ContentBlock {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const { mediaType: mimeType, data, url } = part;
  const name = (part.type === 'file' ? part.name : undefined) ?? part.type;
  if (data === undefined) return { type: 'resource_link', name, uri: url ?? '', mimeType };
  if (part.type === 'image') return { type: 'image', mimeType, data };
  if (mimeType.startsWith('audio/')) return { type: 'audio', mimeType, data };
  return { type: 'resource', resource: { uri: `capstan:/${encodeURIComponent(name)}`, mimeType, blob: data } };
}
