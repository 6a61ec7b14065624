import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import type { ResultPart } from '@capstan/sdk/contract';

/** Turns what a server's tool gave into parts for a model; its structured content where there is nothing else. */
export function resultParts({ content, structuredContent }: CallToolResult): ResultPart[] {
  const parts = content.map(partOf);
  if (parts.length > 0 || structuredContent === undefined) return parts;
  return [{ type: 'text', text: JSON.stringify(structuredContent) }];
}

/** The text of a result, which is all that a failed one can say. */
export function resultText(result: CallToolResult): string {
  return resultParts(result)
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('\n');
}

function partOf(block: ContentBlock): ResultPart {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'image':
      return { type: 'image', mediaType: block.mimeType, data: block.data };
    case 'audio':
      return { type: 'file', mediaType: block.mimeType, data: block.data };
    case 'resource_link':
      return { type: 'text', text: [`${block.name}: ${block.uri}`, block.description ?? []].flat().join('\n') };
    case 'resource':
      return resourcePart(block.resource);
    default:
      block satisfies never;
      return { type: 'text', text: JSON.stringify(block) };
  }
}

/** Turns the content of a resource into a part for a model. */
export function resourcePart(resource: Extract<ContentBlock, { type: 'resource' }>['resource']): ResultPart {
  if ('text' in resource) return { type: 'text', text: `${resource.uri}:\n${resource.text}` };
  const { blob: data, mimeType: mediaType = 'application/octet-stream', uri } = resource;
  if (mediaType.startsWith('image/')) return { type: 'image', mediaType, data };
  return { type: 'file', mediaType, name: fileNameOf(uri), data };
}

function fileNameOf(uri: string): string {
  const last = uri.split('/').pop() || uri;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
