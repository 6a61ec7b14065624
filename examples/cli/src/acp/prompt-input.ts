import type { ContentBlock } from '@agentclientprotocol/sdk';
import { CapstanError, type RunInput, type UserPart } from '@capstan/sdk/contract';
import { fileURLToPath } from 'node:url';

/**
 * Turns what an editor sends into a message: words, pictures, files it has open and links to files.
 *
 * @throws {CapstanError} `invalid_config` for sound, which no model here takes.
 */
export function promptInput(blocks: readonly ContentBlock[]): RunInput {
  const parts = blocks.map(partOf);
  if (parts.every((part) => part.type === 'text')) return parts.map(({ text }) => text).join('\n');
  return parts;
}

function partOf(block: ContentBlock): UserPart {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'image':
      return { type: 'image', mediaType: block.mimeType, data: block.data };
    case 'resource_link':
      return { type: 'text', text: `@${pathOf(block.uri)}` };
    case 'resource': {
      const { resource } = block;
      const name = pathOf(resource.uri);
      if ('text' in resource)
        return { type: 'text', text: `<file path=${JSON.stringify(name)}>\n${resource.text}\n</file>` };
      const mediaType = resource.mimeType ?? 'application/octet-stream';
      if (mediaType.startsWith('image/')) return { type: 'image', mediaType, data: resource.blob };
      return { type: 'file', mediaType, name, data: resource.blob };
    }
    case 'audio':
      throw new CapstanError('invalid_config', 'Sound cannot be sent to a model here. Send words.', { where: 'audio' });
    default:
      return block satisfies never;
  }
}

/** A file's path where the address is one of a file; line ranges of editors stay. */
function pathOf(uri: string): string {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : uri;
  } catch {
    return uri;
  }
}
