import { ibanLength, isCard, isNationalId, isPersonalEmail } from './personal-data.ts';
import { tokenKinds } from './token-kinds.ts';
import type { TokenKind } from './token-kinds.ts';
import { isPlaceholder, looksLikeKey, looksLikePassword } from './value-shape.ts';

/** A stretch of text to hide. */
export interface Finding {
  readonly start: number;
  readonly end: number;
  /** What it is, for example `github-token`, `password`, `email`. */
  readonly kind: string;
}

/** What is looked for besides secrets. */
export interface FindOptions {
  /** E-mail addresses, phone numbers, IBANs and payment cards. */
  readonly personal: boolean;
  readonly nationalIds: boolean;
}

/** No shape is longer, so what starts this far before the end of a text is sure. */
export const MAX_SHAPE = 2_048;
/** A private key's block may be longer than any other secret. */
export const MAX_BLOCK = 16_384;

/** What starts further before a place cannot give a finding that starts after it. */
export const LOOK_BEHIND = 160;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const byFirst = new Map<string, TokenKind[]>();
for (const one of tokenKinds) {
  for (const anchor of one.anchors) byFirst.set(anchor.slice(0, 2), [...(byFirst.get(anchor.slice(0, 2)) ?? []), one]);
}
const anchorPattern = tokenKinds
  .flatMap((one) => one.anchors)
  .map(escaped)
  .join('|');

/**
 * Finds what to hide in a text; findings come in order and may overlap.
 *
 * Each is found by what stands around it alone, so a part of a text gives the same findings as the whole. One pass for
 * each sort of secret, each led by the rarest letters of its sort, is several times faster than one for all.
 */
export function findSecrets(text: string, { personal, nationalIds }: FindOptions): readonly Finding[] {
  const found: Finding[] = [];
  const add = (finding: Finding | undefined): void => {
    if (finding) found.push(finding);
  };
  longRuns(text, add);
  each(
    text,
    /(?:[kK][eE][yY]|[tT][oO][kK][eE][nN]|[sS][eE][cC][rR][eE][tT]|[pP][aA][sS][sS]|[pP][wW][dD]|[cC][rR][eE][dD]|[aA][uU][tT][hH])(?=[\w-]{0,30}(?:\\?["'\]]){0,2}[ \t]{0,5}[=:])/g,
    (at, stem) => add(assignment(text, at, stem)),
  );
  each(text, /[bB]earer[ \t]/g, (at) =>
    add(valueAt(text, at + 7, bearerValue, (value) => looksLikeKey(value) && 'bearer-token')),
  );
  each(text, /ookie:/g, (at) => cookies(text, at + 6, add));
  each(text, /[ \t](?:-u|--user)[ =]/g, (at) => add(userOption(text, at)));
  eachIndex(text, ' password ', (at) => add(netrcPassword(text, at)));
  eachIndex(text, 'access_token$', (at) => add(shapeAt(text, at, braintree, 'braintree-token')));
  eachIndex(text, '://', (at) => add(urlPassword(text, at)));
  eachIndex(text, '-----BEGIN', (at) => add(privateKey(text, at)));
  if (personal) {
    eachIndex(text, '@', (at) => add(email(text, at)));
    each(text, /\d(?=(?:[-. ()]{0,2}\d){6})/g, (at) => add(numberAt(text, at)));
    each(text, /[A-Z]{2}(?=\d{2} ?[A-Z0-9]{4})/g, (at) => add(iban(text, at)));
  }
  if (nationalIds)
    each(
      text,
      /\d{3}-\d\d-\d{4}|[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]|[XYZ\d]\d{7}[A-Z]|[12] ?\d\d ?\d\d ?\d\d ?\d{3} ?\d{3}|[A-Z]{6}\d\d/g,
      (at) => add(nationalId(text, at)),
    );
  return found.sort((a, b) => a.start - b.start || b.end - a.end);
}

function each(text: string, pattern: RegExp, visit: (at: number, hit: string) => void): void {
  for (let hit = pattern.exec(text); hit; hit = pattern.exec(text)) {
    visit(hit.index, hit[0]);
    pattern.lastIndex = hit.index + 1;
  }
}

function eachIndex(text: string, needle: string, visit: (at: number) => void): void {
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) visit(at);
}

const tokenLetters = new Uint8Array(65_536);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+/=:%')
  tokenLetters[letter.charCodeAt(0)] = 1;
const MIN_RUN = 20;
const STRIDE = 16;

/** Looks for tokens in runs of letters that are long enough for one: every such run covers a place that is a multiple of the stride. */
function longRuns(text: string, add: (finding: Finding | undefined) => void): void {
  const { length } = text;
  for (let at = STRIDE - 1; at < length; at += STRIDE) {
    if (tokenLetters[text.charCodeAt(at)] !== 1) continue;
    let start = at;
    let end = at + 1;
    while (start > 0 && tokenLetters[text.charCodeAt(start - 1)] === 1) start -= 1;
    while (end < length && tokenLetters[text.charCodeAt(end)] === 1) end += 1;
    if (end - start >= MIN_RUN) tokensIn(text, start, end, add);
    while (at + STRIDE <= end) at += STRIDE;
  }
}

function tokensIn(text: string, start: number, end: number, add: (finding: Finding | undefined) => void): void {
  const run = text.slice(start, end);
  const anchors = new RegExp(anchorPattern, 'g');
  for (let hit = anchors.exec(run); hit; hit = anchors.exec(run)) {
    add(tokenAt(text, start + hit.index));
    anchors.lastIndex = hit.index + 1;
  }
}

const wordBefore = /[A-Za-z0-9]/;

function tokenAt(text: string, at: number): Finding | undefined {
  if (wordBefore.test(text[at - 1] ?? '') && !/^[:.]/.test(text[at] ?? '')) return undefined;
  for (const { kind, shape } of byFirst.get(text.slice(at, at + 2)) ?? []) {
    shape.lastIndex = at;
    const value = shape.exec(text)?.[0];
    if (value === undefined) continue;
    if (kind === 'telegram-token') {
      const id = /(?:^|\D)(\d{8,10})$/.exec(text.slice(Math.max(0, at - 11), at))?.[1];
      if (id !== undefined) return { start: at - id.length, end: at + value.length, kind };
      continue;
    }
    if (kind === 'terraform-token') {
      const id = /[A-Za-z0-9]{14}$/.exec(text.slice(Math.max(0, at - 14), at))?.[0];
      if (id !== undefined) return { start: at - 14, end: at + value.length, kind };
      continue;
    }
    const bare = value.replace(/^[\w.]*?[-_.=]/, '');
    if (/x{6}|X{6}|\.{3}|(\w)\1{7}/.test(value) || (kind === 'openai-key' && !/\d/.test(bare))) continue;
    const skipped = /^(?:AccountKey|SharedAccessKey|sig)=/.exec(value)?.[0].length ?? 0;
    return { start: at + skipped, end: at + value.length, kind };
  }
  return undefined;
}

const afterStem = /([\w-]{0,30})(?:\\?["'\]]){0,2}[ \t]{0,5}(?:=>|:=|=|:)[ \t]{0,5}(?:(\\?["'`])|(?=[^\s"'`]))/y;
const quotedValue = /[^"'`\n\\]{4,200}/y;
const bareValue = /[^\s"'`<>,;&(){}[\]|\\]{6,200}/y;
const scheme = /(?:[bB]earer|[bB]asic|[tT]oken|[aA]pi[kK]ey)[ \t]+/y;
const bearerValue = /[\w.~+/=-]{16,1500}/y;

/** `password = "…"`, `API_KEY=…`, `"token": "…"`, `Authorization: Bearer …`. */
function assignment(text: string, at: number, stem: string): Finding | undefined {
  afterStem.lastIndex = at + stem.length;
  const middle = afterStem.exec(text);
  if (!middle) return undefined;
  const [whole, tail = '', quote] = middle;
  const before = text.slice(Math.max(0, at - 16), at);
  let start = at + stem.length + whole.length;
  const name = stem.toLowerCase();
  if (name === 'auth') {
    if (!/^(?:orization)?$|^[_-]?(?:token|key|secret|pass\w*)$/i.test(tail)) return undefined;
    scheme.lastIndex = start;
    const named = scheme.exec(text)?.[0];
    if (named !== undefined)
      return valueAt(text, start + named.length, bearerValue, (value) => looksLikeKey(value) && 'authorization');
  }
  if (
    name === 'key' &&
    !/(?:api|access|secret|private|auth|encryption|encrypt|signing|account|master|service|storage|shared|app|consumer|client|deploy|license|webhook|admin|project|hmac|aes|session|token|server|write|ingest)[_-]?$/i.test(
      before,
    )
  )
    return undefined;
  if (name === 'pass' && !/^(?:word|wd|phrase|code)?(?:[_-]?\w{0,12})?$/i.test(tail)) return undefined;
  if (name === 'pass' && /(?:by|com|tres|sur|en)$/i.test(before)) return undefined;
  const password = /^(?:pass|pwd)$/.test(name);
  const test = (value: string): string | false =>
    password ? looksLikePassword(value, quote !== undefined) && 'password' : looksLikeKey(value) && 'key';
  if (quote === undefined) return valueAt(text, start, bareValue, test);
  const found = valueAt(text, start, quotedValue, test);
  const closed = found && /["'`\\]/.test(text[found.end] ?? '"');
  start = found?.start ?? start;
  return closed ? found : undefined;
}

function valueAt(
  text: string,
  start: number,
  shape: RegExp,
  test: (value: string) => string | false,
): Finding | undefined {
  shape.lastIndex = start;
  const value = shape.exec(text)?.[0];
  if (value === undefined) return undefined;
  // In quotes all of it is the value; elsewhere a sentence may end there.
  const bare = shape === quotedValue ? value : value.replace(/[.:!?]+$/, '');
  const kind = test(bare);
  return kind === false ? undefined : { start, end: start + bare.length, kind };
}

const braintree = /access_token\$(?:production|sandbox)\$[a-z0-9]{12,20}\$[a-f0-9]{32}/y;

function shapeAt(text: string, at: number, shape: RegExp, kind: string): Finding | undefined {
  shape.lastIndex = at;
  const value = shape.exec(text)?.[0];
  return value === undefined ? undefined : { start: at, end: at + value.length, kind };
}

/** What begins further after `Cookie:` is not looked at: a part of the text must give the same as the whole. */
const MAX_COOKIES = 120;
const cookieValue = /[^\s"'`<>,;(){}[\]|\\&]{16,1500}/y;

function cookies(text: string, from: number, add: (finding: Finding | undefined) => void): void {
  const line = text.slice(from, from + MAX_COOKIES).split(/[\r\n]/, 1)[0] ?? '';
  each(line, /(?:^|[\s;])[\w.-]{1,60}=/g, (at, hit) =>
    add(valueAt(text, from + at + hit.length, cookieValue, (value) => looksLikeKey(value) && 'cookie')),
  );
}

const userOptionShape = /[ \t](?:-u|--user)[ =]["']?[^\s:"'$]{1,40}:([^\s"'`<>,;(){}[\]|\\&]{4,200})/y;

/** `curl -u name:password`; for other programs it may be a user and a group. */
function userOption(text: string, at: number): Finding | undefined {
  if (!/\bcurl\b/.test(text.slice(Math.max(0, at - 60), at))) return undefined;
  userOptionShape.lastIndex = at;
  const found = userOptionShape.exec(text);
  const password = found?.[1];
  if (!found || password === undefined || isPlaceholder(password)) return undefined;
  const end = at + found[0].length;
  return { start: end - password.length, end, kind: 'password' };
}

const netrcValue = /[^\s"'`<>,;(){}[\]|\\&]{4,200}/y;

function netrcPassword(text: string, at: number): Finding | undefined {
  if (!/\blogin[ \t]+\S{1,60}$/.test(text.slice(Math.max(0, at - 80), at))) return undefined;
  return valueAt(text, at + 10, netrcValue, (value) => looksLikePassword(value, false) && 'password');
}

const userPart = /:\/\/[^\s/:@"'<>?#]{0,100}:([^\s/@"'<>]{1,200})@/y;

function urlPassword(text: string, at: number): Finding | undefined {
  userPart.lastIndex = at;
  const found = userPart.exec(text);
  const password = found?.[1];
  if (!found || password === undefined || isPlaceholder(password)) return undefined;
  const end = at + found[0].length - 1;
  return { start: end - password.length, end, kind: 'url-password' };
}

const block = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const blockLines = /(?:(?:\s|\\[nr]|["'+])*[A-Za-z0-9+/=]{16,80})*/y;

function privateKey(text: string, at: number): Finding | undefined {
  block.lastIndex = at;
  const head = block.exec(text)?.[0];
  if (head === undefined) return undefined;
  const limit = Math.min(text.length, at + MAX_BLOCK);
  const close = text.indexOf('-----END ', at);
  if (close >= 0 && close < limit) {
    const end = /-----END [A-Z0-9 ]{0,50}-----/y;
    end.lastIndex = close;
    return { start: at, end: end.exec(text) ? end.lastIndex : close, kind: 'private-key' };
  }
  blockLines.lastIndex = at + head.length;
  blockLines.exec(text);
  return { start: at, end: Math.min(limit, Math.max(blockLines.lastIndex, at + head.length)), kind: 'private-key' };
}

const domain = /@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,24}/y;

function email(text: string, at: number): Finding | undefined {
  let start = at;
  while (start > 0 && at - start < 64 && /[\w.%+-]/.test(text[start - 1] ?? '')) start -= 1;
  while (start < at && /[.%+-]/.test(text[start] ?? '')) start += 1;
  domain.lastIndex = at;
  const found = start < at ? domain.exec(text)?.[0] : undefined;
  if (
    found === undefined ||
    /[\w-]/.test(text[at + found.length] ?? '') ||
    (/[/:]/.test(text[at + found.length] ?? '') &&
      /^:[^\s\d]/.test(text.slice(at + found.length, at + found.length + 2)))
  )
    return undefined;
  return isPersonalEmail(text.slice(start, at) + found) ? { start, end: at + found.length, kind: 'email' } : undefined;
}

const phone =
  /(?:\+\d{1,3}[-. ]?(?:\(\d{1,4}\)[-. ]?)?\d{1,4}(?:[-. ]?\d{2,4}){2,4}|\(\d{3}\) ?\d{3}[-. ]\d{4}|\d{3}-\d{3}-\d{4}|\d{3}\.\d{3}\.\d{4}|\d{3} \d{3} \d{4})(?!\d|[-.]\d)/y;
const digitsRun = /\d(?:[ -]?\d){12,18}(?!\d|[-.]\d)/y;
const idShape =
  /(?:\d{3}-\d\d-\d{4}|[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]|[XYZ]?\d{7,8}[A-Z]|[12] ?\d\d ?\d\d ?\d\d ?\d{3} ?\d{3} ?\d\d|[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z])(?![A-Za-z0-9])/y;

function numberAt(text: string, digit: number): Finding | undefined {
  const at = /[+(]/.test(text[digit - 1] ?? '') ? digit - 1 : digit;
  const before = text[at - 1] ?? '';
  if (/[\w.#/+-]/.test(before) || (before === '(' && text[at] !== '('))
    return at === digit && before === '(' ? numberFrom(text, at) : undefined;
  return numberFrom(text, at);
}

function numberFrom(text: string, at: number): Finding | undefined {
  digitsRun.lastIndex = at;
  const card = digitsRun.exec(text)?.[0];
  if (card !== undefined && isCard(card.replace(/[ -]/g, '')))
    return { start: at, end: at + card.length, kind: 'card' };
  phone.lastIndex = at;
  const number = phone.exec(text)?.[0];
  if (number === undefined) return undefined;
  const digits = number.replace(/\D/g, '');
  const plausible = digits.length >= 9 && digits.length <= 15 && !/^(\d)\1+$/.test(digits.slice(-7));
  return plausible ? { start: at, end: at + number.length, kind: 'phone' } : undefined;
}

function iban(text: string, at: number): Finding | undefined {
  const length = /[A-Za-z0-9]/.test(text[at - 1] ?? '') ? 0 : ibanLength(text.slice(at, at + 44));
  return length > 0 ? { start: at, end: at + length, kind: 'iban' } : undefined;
}

function nationalId(text: string, at: number): Finding | undefined {
  if (/[\w.#/+=-]/.test(text[at - 1] ?? '')) return undefined;
  idShape.lastIndex = at;
  const id = idShape.exec(text)?.[0];
  return id !== undefined && isNationalId(id) ? { start: at, end: at + id.length, kind: 'national-id' } : undefined;
}
