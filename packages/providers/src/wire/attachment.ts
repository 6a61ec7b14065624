import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { CapstanError, type FilePart, type ImagePart, type TextPart } from '@capstan/sdk/contract';

export interface AttachmentOptions {
  /** For example `image/png`. Default: told from the bytes, then from the name. */
  readonly mediaType?: string;
  /** Name that the model reads. Default: the file's. */
  readonly name?: string;
}

/**
 * Makes a message part of an image or a document: of a file by its path, of bytes, or of an address that the vendor
 * fetches. Text becomes a text part, headed by its name.
 *
 * @throws {CapstanError} `not_found` for a file that is not there, `invalid_config` when nobody can tell what it is.
 */
export async function attachment(
  source: string | URL | Uint8Array,
  options: AttachmentOptions = {},
): Promise<ImagePart | FilePart | TextPart> {
  if (source instanceof Uint8Array) return partOf(source, options);
  const url = source instanceof URL ? source : /^(https?|file):\/\//.test(source) ? new URL(source) : undefined;
  if (url && url.protocol !== 'file:') return remotePart(url, options);
  const path = url ?? source;
  const name = options.name ?? basename(url ? decodeURIComponent(url.pathname) : String(source));
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const code = cause.code === 'ENOENT' ? 'not_found' : 'invalid_config';
    throw new CapstanError(code, `${name} cannot be read (${cause.code}). Check the path.`, { where: name }, { cause });
  });
  return partOf(bytes, { ...options, name });
}

function remotePart(url: URL, { mediaType = byName(url.pathname), name }: AttachmentOptions): ImagePart | FilePart {
  if (mediaType?.startsWith('image/')) return { type: 'image', mediaType, url: url.href };
  if (mediaType) return { type: 'file', mediaType, url: url.href, ...(name ? { name } : {}) };
  throw unknown(url.href);
}

function partOf(bytes: Uint8Array, { mediaType, name }: AttachmentOptions): ImagePart | FilePart | TextPart {
  const type = mediaType ?? byBytes(bytes) ?? byName(name ?? '');
  const text = type === undefined || type.startsWith('text/') ? asText(bytes) : undefined;
  if (text !== undefined) return { type: 'text', text: name ? `${name}:\n${text}` : text };
  if (!type) throw unknown(name ?? 'The attachment');
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  if (type.startsWith('image/')) return { type: 'image', mediaType: type, data };
  return { type: 'file', mediaType: type, data, ...(name ? { name } : {}) };
}

const signatures: readonly (readonly [mediaType: string, at: number, bytes: string])[] = [
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/gif', 0, 'GIF8'],
  ['image/webp', 8, 'WEBP'],
  ['application/pdf', 0, '%PDF-'],
];

function byBytes(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  return signatures.find(([, at, signature]) => start.startsWith(signature, at))?.[0];
}

const extensions: { readonly [extension: string]: string } = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.pdf': 'application/pdf',
};

function byName(name: string): string | undefined {
  return extensions[extname(name).toLowerCase()];
}

/** Text if every byte is UTF-8 and none is zero. */
function asText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unknown(name: string): CapstanError {
  const text = `Nobody can tell what ${name} is. Give its mediaType, for example application/pdf.`;
  return new CapstanError('invalid_config', text, { where: name });
}
