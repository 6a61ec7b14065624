import { CapstanError } from '@capstan/sdk/contract';

/**
 * Reads JSON that a stranger sent: UTF-8, at most `maxDepth` arrays and objects inside one another.
 *
 * @throws {CapstanError} `invalid_config` with status 400, in words that do not repeat the text.
 */
export function parseJson(bytes: Buffer, maxDepth: number): unknown {
  if (isDeeper(bytes, maxDepth))
    throw refused(`The JSON is nested deeper than ${maxDepth} levels. Send a flatter request.`);
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw refused('The body is no JSON. Send a JSON object as UTF-8.');
  }
}

const quote = 0x22;
const backslash = 0x5c;

/** Counts brackets outside of strings; strings, the bulk of a prompt, are skipped by native search. */
export function isDeeper(bytes: Buffer, maxDepth: number): boolean {
  // Each level takes at least two bytes, so a short text needs no look.
  if (bytes.length <= maxDepth * 2) return false;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      at = stringEnd(bytes, at);
      if (at < 0) return false;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

/** The closing quote of the string that begins at `from`; -1 where there is none. */
export function stringEnd(bytes: Buffer, from: number): number {
  for (let end = bytes.indexOf(quote, from + 1); end >= 0; end = bytes.indexOf(quote, end + 1)) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === backslash) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

function refused(text: string): CapstanError {
  return new CapstanError('invalid_config', text, { status: 400 });
}
