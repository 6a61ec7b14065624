import type { FilePart, ImagePart, UserPart } from '../contract/message.ts';
import type { UIFilePart, UITextPart } from './ui-chunk.ts';

/** Turns what a person said into parts of a UI message. */
export function uiPartsOf(parts: readonly UserPart[]): (UITextPart | UIFilePart)[] {
  return parts.map((part) => (part.type === 'text' ? { type: 'text', text: part.text } : fileOf(part)));
}

function fileOf(part: ImagePart | FilePart): UIFilePart {
  const { mediaType, data, url = '' } = part;
  const name = part.type === 'file' ? part.name : undefined;
  return {
    type: 'file',
    mediaType,
    url: data === undefined ? url : `data:${mediaType};base64,${data}`,
    ...(name === undefined ? {} : { filename: name }),
  };
}

/** Turns a part of a UI message into what a run is given; undefined if it is none a person may send. */
export function userPartOf(part: unknown): UserPart | undefined {
  if (typeof part !== 'object' || part === null) return undefined;
  const { type, text, mediaType, url, filename } = part as Record<string, unknown>;
  if (type === 'text' && typeof text === 'string') return { type, text };
  if (type !== 'file' || typeof url !== 'string') return undefined;
  const source = sourceOf(url);
  const media = source?.mediaType ?? (typeof mediaType === 'string' ? mediaType : undefined);
  if (!source || media === undefined) return undefined;
  const bytes = 'data' in source ? { data: source.data } : { url: source.url };
  if (media.startsWith('image/')) return { type: 'image', mediaType: media, ...bytes };
  return { type: 'file', mediaType: media, ...(typeof filename === 'string' ? { name: filename } : {}), ...bytes };
}

type Source =
  | { readonly mediaType: string; readonly data: string }
  | { readonly url: string; readonly mediaType?: undefined };

function sourceOf(url: string): Source | undefined {
  if (/^https?:\/\//i.test(url)) return { url };
  const comma = url.startsWith('data:') ? url.indexOf(',') : -1;
  if (comma === -1) return undefined;
  const [mediaType = '', ...attributes] = url.slice('data:'.length, comma).split(';');
  const rest = url.slice(comma + 1);
  const type = mediaType === '' ? 'text/plain' : mediaType;
  if (attributes.includes('base64')) return { mediaType: type, data: rest };
  try {
    return { mediaType: type, data: base64(decodeURIComponent(rest)) };
  } catch {
    return undefined;
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
