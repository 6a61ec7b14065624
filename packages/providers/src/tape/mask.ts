import type { Json } from '@capstan/sdk/contract';
import { maskSecrets } from '../wire/mask.ts';

/** Takes what must not be kept out of a text. The same text always gives the same. */
export type Mask = (text: string) => string;

/** Stands for the home directory, so that a tape made by one user replays for another. */
export const homeMark = '[home]';

/** Replacements that hold no quote and no backslash, so that JSON stays JSON. */
const personal: readonly (readonly [pattern: RegExp, mark: string, check?: (found: string) => boolean])[] = [
  [/\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b/g, '[email]'],
  [/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g, '[iban]', isIban],
  [/\b\d(?:[ -]?\d){12,18}\b/g, '[card]', isCard],
  [/(?<![\w.])\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){2,5}\d{2,4}\b/g, '[phone]'],
  [/\b\d{3}-\d{2}-\d{4}\b/g, '[ssn]'],
  [/(?<=\/(?:home|Users)\/|\\Users\\|\\\\Users\\\\)(?!user\b)[\w.-]+/g, 'user'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gs, '[private key]'],
];

/** Makes a mask for keys, known and such as look like one, and for personal data. */
export function tapeMask({ secrets, home }: { readonly secrets: readonly string[]; readonly home: string }): Mask {
  return (text) => {
    let masked = home.length > 1 ? text.replaceAll(home, homeMark) : text;
    for (const secret of secrets) if (secret !== '') masked = masked.replaceAll(secret, '[secret]');
    masked = maskSecrets(masked);
    for (const [pattern, mark, check] of personal)
      masked = masked.replace(pattern, (found) => (check === undefined || check(found) ? mark : found));
    return masked;
  };
}

/** Masks every string of a value, names of fields excepted. */
export function maskDeep<T extends Json>(value: T, mask: Mask): T;
export function maskDeep(value: Json, mask: Mask): Json {
  if (typeof value === 'string') return mask(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => maskDeep(item, mask));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskDeep(item as Json, mask)]));
}

function isCard(found: string): boolean {
  const digits = found.replaceAll(/\D/g, '');
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length >= 13 && sum % 10 === 0;
}

function isIban(found: string): boolean {
  const text = found.replaceAll(' ', '');
  const digits = [...text.slice(4), ...text.slice(0, 4)].map((character) => Number.parseInt(character, 36)).join('');
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
