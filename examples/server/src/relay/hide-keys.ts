import { maskKey } from '@capstan/providers/keys';

/** Takes the keys of an upstream out of what it sends. */
export type HideKeys = (bytes: Buffer) => Buffer;

/** Makes the filter; without a key in the bytes it costs one native search a key and copies nothing. */
export function hideKeys(keys: readonly string[]): HideKeys {
  const needles = keys.filter((key) => key.length >= 6).map((key) => ({ key, bytes: Buffer.from(key) }));
  return (bytes) => {
    let clean = bytes;
    for (const { key, bytes: needle } of needles) {
      if (clean.includes(needle)) clean = Buffer.from(clean.toString('utf8').replaceAll(key, maskKey(key)));
    }
    return clean;
  };
}

/** The same for text. */
export function hideKeysInText(keys: readonly string[]): (text: string) => string {
  const known = keys.filter((key) => key.length >= 6);
  return (text) => {
    let clean = text;
    for (const key of known) if (clean.includes(key)) clean = clean.replaceAll(key, maskKey(key));
    return clean;
  };
}
