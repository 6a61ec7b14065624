import type { Finding } from './find-secrets.ts';

const MIN_LENGTH = 6;

/** Spellings of values that are to be hidden: as they are, URL-encoded, in JSON, and base64 at any offset. */
export function knownValues(values: readonly string[]): readonly string[] {
  const all = new Set<string>();
  for (const value of values) {
    if (value.length < MIN_LENGTH) continue;
    all.add(value);
    all.add(encodeURIComponent(value.toWellFormed()));
    all.add(JSON.stringify(value).slice(1, -1));
    for (const line of value.split('\n')) if (line.trim().length >= 16) all.add(line.trim());
    if (value.length >= 9) for (const spelling of base64Spellings(value)) all.add(spelling);
  }
  return [...all].sort((a, b) => b.length - a.length);
}

/** What base64 of a longer text holds when the value is somewhere in it: three cases, by its offset. */
function base64Spellings(value: string): readonly string[] {
  const bytes = new TextEncoder().encode(value);
  const spellings: string[] = [];
  for (let offset = 0; offset < 3; offset += 1) {
    const padded = new Uint8Array(offset + bytes.length);
    padded.set(bytes, offset);
    let text = '';
    for (const byte of padded) text += String.fromCharCode(byte);
    const first = offset === 0 ? 0 : offset + 1;
    const sure = Math.floor(((offset + bytes.length) * 8) / 6);
    const middle = btoa(text).slice(first, sure);
    if (middle.length >= 10) spellings.push(middle, middle.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return spellings;
}

/** Finds known values in a text from a place on; they may overlap. */
export function knownFindings(text: string, values: readonly string[], from: number): readonly Finding[] {
  const found: Finding[] = [];
  for (const value of values) {
    for (let at = text.indexOf(value, from); at >= 0; at = text.indexOf(value, at + value.length)) {
      found.push({ start: at, end: at + value.length, kind: 'known' });
    }
  }
  return found;
}

const secretName =
  /(?:KEY|TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|AUTH|COOKIE|PRIVATE|DSN|DATABASE_URL|CONNECTION_STRING)/i;

/**
 * Picks the values of an environment that are likely to be secret, for `known`.
 *
 * @param environment For example `process.env`; it is passed in, never read here.
 */
export function secretValues(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && value.length >= 8 && secretName.test(name) && !/^(?:\/|true$|false$|\d+$)/.test(value)
      ? [value]
      : [],
  );
}
