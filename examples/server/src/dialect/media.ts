import type { FilePart, ImagePart } from '@capstan/sdk/contract';
import { refused } from './fields.ts';

const byExtension: { readonly [extension: string]: string } = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
};

/** Makes an image of an address: `data:` with its bytes, or one that the vendor fetches. The relay itself fetches none. */
export function imageAt(url: string, where: string): ImagePart {
  const inside = dataOf(url, where);
  if (inside) return { type: 'image', ...inside };
  return { type: 'image', mediaType: guess(url) ?? 'image/jpeg', url: webAddress(url, where) };
}

/** Makes a file of an address, or of base64 that stands alone. */
export function fileAt(source: string, where: string, name: string | undefined): FilePart {
  const named = name === undefined ? {} : { name };
  const inside = dataOf(source, where);
  if (inside) return { type: 'file', ...inside, ...named };
  const mediaType = guess(name ?? source) ?? 'application/pdf';
  if (/^https?:/i.test(source)) return { type: 'file', mediaType, url: source, ...named };
  return { type: 'file', mediaType, data: base64At(source, where), ...named };
}

/** Checks that an address is one that vendors fetch. */
export function webAddress(url: string, where: string): string {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw refused(where, 'give an http or data address.');
  return url;
}

/** Checks base64 without reading all of it: the vendor reads it anyway. */
export function base64At(text: string, where: string): string {
  if (text === '' || !/^[A-Za-z0-9+/_=\r\n-]+$/.test(text.slice(0, 256))) throw refused(where, 'give base64.');
  return text;
}

function dataOf(url: string, where: string): { readonly mediaType: string; readonly data: string } | undefined {
  if (!/^data:/i.test(url)) return undefined;
  const comma = url.indexOf(',');
  const [mediaType = '', ...parameters] = url.slice(5, Math.max(comma, 5)).split(';');
  if (comma < 0 || parameters.at(-1)?.toLowerCase() !== 'base64')
    throw refused(where, 'give a data address in base64.');
  return { mediaType: mediaType || 'application/octet-stream', data: base64At(url.slice(comma + 1), where) };
}

function guess(address: string): string | undefined {
  return byExtension[/\.([a-z]+)(?:$|[?#])/i.exec(address)?.[1]?.toLowerCase() ?? ''];
}
