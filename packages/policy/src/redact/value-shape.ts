/** Bits a letter carries, by how often each letter occurs: 0 for `aaaa`, about 4 to 6 for random text. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const placeholder =
  /^(?:[x*.•_-]+|<.*|\$.*|%.*%?|\{.*|\[.*|@.*|#.*|!.*)$|^(?:process|os|env|import|config|settings|ctx|this|self|req|request|options|props|args|params|secrets|vars|var|local|data|module)\b[.[]|(?:your|my|the|some|insert|enter|replace|change|add)[-_ ]?(?:api|own|secret|token|key|pass|me|here|with|super)|example|placeholder|dummy|sample|changeme|redacted|not[-_]?a[-_]?real|fake|^(?:test|testing|none|null|nil|undefined|true|false|string|number|boolean|object|any|unknown|todo|fixme|foo|bar|baz|secret|password|passwd|pass|token|key|hidden|required|optional|default|value|empty|n\/a|admin|root|user|username|postgres|mysql|guest|hunter2_)\d{0,4}$/i;
const code =
  /^[a-zA-Z_$][\w$]*(?:(?:\.|::|->)[\w$]+)+\(?|^[a-zA-Z_$][\w$]*\(|^(?:await|new|async|function|return|typeof|lambda)\b/;

/** Tells a value that stands for none, or code that computes one, from a value that may be a secret. */
export function isPlaceholder(value: string): boolean {
  // A name in code is words; a long run of letters and digits in turn is none.
  const random = value
    .split(/[.:>()-]/)
    .some((part) => part.length >= 20 && (part.match(/[a-z]\d|\d[a-z]/gi) ?? []).length >= 3);
  return placeholder.test(value) || (code.test(value) && !random);
}

/** Tells whether a value after a word like `password` is one. */
export function looksLikePassword(value: string, quoted: boolean): boolean {
  if (isPlaceholder(value) || value.length < (quoted ? 4 : 6) || /\s.*\s/.test(value)) return false;
  if (/^[a-zA-Z]+(?:[ _-][a-zA-Z]+)*$/.test(value))
    return (
      quoted &&
      value.length >= 10 &&
      entropy(value) > 3 &&
      !/[ _-]/.test(value) &&
      !/^[A-Z]?[a-z]+$|^[a-z]+(?:[A-Z][a-z]+)+$/.test(value)
    );
  return /[\d\W_]/.test(value) && !/^[\d.,:]{1,5}$/.test(value) && !/^(?:\.{0,2}\/|https?:\/\/)/.test(value);
}

/** Tells whether a value after a word like `token` or `api_key` is one. */
export function looksLikeKey(value: string): boolean {
  if (value.length < 10 || isPlaceholder(value) || /\s/.test(value)) return false;
  const encoded =
    /^[A-Za-z0-9+/]{32,}={0,2}$/.test(value) &&
    /\d/.test(value) &&
    /[a-z]/.test(value) &&
    /[A-Z]/.test(value) &&
    entropy(value) > 4.2;
  if (encoded) return true;
  if (/^(?:\.{0,2}\/|https?:\/\/|[\w-]+\/[\w-]+\/)/.test(value) || /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}/.test(value))
    return false;
  if (
    !/\d/.test(value) &&
    !(/[a-z]/.test(value) && /[A-Z]/.test(value) && value.length >= 20 && !/^(?:[A-Z]?[a-z]+)+$/.test(value))
  )
    return false;
  if (/^\d+$/.test(value)) return value.length >= 16;
  return (
    entropy(value) >= (value.length < 16 ? 2.9 : 3.1) && !/^[a-z]+(?:[-_.:/][a-z]+)+(?:[-_.:/]v?\d+)?$/i.test(value)
  );
}
