import { knownValues, knownFindings } from './known-values.ts';
import { LOOK_BEHIND, MAX_BLOCK, MAX_SHAPE, findSecrets } from './find-secrets.ts';
import type { Finding } from './find-secrets.ts';

export interface RedactOptions {
  /** Values to hide wherever they occur, also base64- and URL-encoded: what the key store and environment hold. */
  readonly known?: readonly string[];
  /** E-mail addresses, phone numbers, IBANs and payment cards are hidden too. Default true. */
  readonly personal?: boolean;
  /** National identity numbers as well; they look much like other numbers. Default false. */
  readonly nationalIds?: boolean;
  /** Placeholders are numbered, and `restore` puts the values back. Default false: they name the kind. */
  readonly reversible?: boolean;
}

/** Hides secrets and personal data in text. */
export interface Redactor {
  /** Gives a text with placeholders for what is hidden. */
  redact(text: string): string;
  /** The same for text in pieces; the result does not depend on where it is split. */
  stream(): RedactStream;
  /** Puts back what numbered placeholders stand for. Only for effects that are allowed. */
  restore(text: string): string;
}

/** Text in, safe text out. Holds back no more than what may still turn out to be part of a secret. */
export interface RedactStream {
  /** Takes a piece; returns what is sure by now. */
  write(piece: string): string;
  /** Returns the rest. */
  end(): string;
}

const MAX_NUMBER = 64;
const MAX_QUOTED = 280;

/** Makes a redactor; it holds the values of its placeholders, and nothing else. */
export function createRedactor(options: RedactOptions = {}): Redactor {
  const { known = [], personal = true, nationalIds = false, reversible = false } = options;
  const values = knownValues(known);
  const longest = Math.max(0, ...values.map((value) => value.length));
  const spaced = values.filter((value) => delimiter.test(value));
  const names = new Map<string, string>();
  const originals = new Map<string, string>();

  const name = (value: string, kind: string): string => {
    if (!reversible) return `[redacted:${kind}]`;
    const given = names.get(value);
    if (given !== undefined) return given;
    const made = `«${personalKinds.has(kind) ? kind : 'secret'}:${names.size + 1}»`;
    names.set(value, made);
    originals.set(made, value);
    return made;
  };

  function stream(): RedactStream {
    // `buffer` ends with what came last, as it was; what lies before `done` has been given out.
    let buffer = '';
    let done = 0;
    const advance = (final: boolean): string => {
      let safe = final ? buffer.length : safeEnd(buffer, { from: done, spaced, longest });
      if (safe <= done) return '';
      const from = Math.max(0, done - LOOK_BEHIND);
      const view = from > 0 ? buffer.slice(from) : buffer;
      // What starts in the part that was given out has been dealt with, or is cut off by the view and means nothing.
      const own = findSecrets(view, { personal, nationalIds }).filter(({ start }) => from + start >= done);
      const all = merged(own, knownFindings(view, values, done - from));
      // What reaches into the part that is not sure may still grow together with what comes.
      const crossing = all.find(({ start, end }) => from + start < safe && from + end > safe);
      if (crossing) safe = from + crossing.start;
      let out = '';
      let at = done;
      for (const { start, end, kind } of all) {
        if (from + start >= safe) break;
        out += buffer.slice(at, from + start) + name(buffer.slice(from + start, from + end), kind);
        at = from + end;
      }
      out += buffer.slice(at, safe);
      done = safe;
      if (done > 4 * LOOK_BEHIND) {
        buffer = buffer.slice(done - LOOK_BEHIND);
        done = LOOK_BEHIND;
      }
      return out;
    };
    return {
      write: (piece) => {
        buffer += piece;
        return advance(false);
      },
      end: () => advance(true),
    };
  }

  return {
    redact: (text) => {
      const whole = stream();
      return whole.write(text) + whole.end();
    },
    stream,
    restore: (text) => text.replace(/«[a-z-]+:\d+»/g, (placeholder) => originals.get(placeholder) ?? placeholder),
  };
}

const personalKinds = new Set(['email', 'phone', 'iban', 'card', 'national-id']);

function merged(a: readonly Finding[], b: readonly Finding[]): readonly Finding[] {
  const sorted = b.length === 0 ? a : [...a, ...b].sort((one, other) => one.start - other.start || other.end - one.end);
  const all: Finding[] = [];
  for (const finding of sorted) {
    const last = all.at(-1);
    if (last && finding.start < last.end) all[all.length - 1] = { ...last, end: Math.max(last.end, finding.end) };
    else all.push(finding);
  }
  return all;
}

const delimiter = /[\s"'`<>,;(){}[\]|\\&]/;
const openQuote =
  /(?:key|token|secret|pass|pwd|cred|auth)[\w-]{0,30}(?:\\?["'\]]){0,2}[ \t]{0,5}(?:=>|:=|=|:)[ \t]{0,5}\\?["'`][^"'`\n\\]{0,200}$/i;
const blockHead = /-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY[A-Z ]{0,6})?-{0,5}$/;

/** Up to where a text is sure: nothing that starts before can change whatever comes. */
function safeEnd(
  text: string,
  { from, spaced, longest }: { readonly from: number; readonly spaced: readonly string[]; readonly longest: number },
): number {
  const { length } = text;
  let hold = length;
  const least = Math.max(from, length - MAX_SHAPE - 64);
  while (hold > least && !delimiter.test(text[hold - 1] ?? '')) hold -= 1;
  // A word that a quote or bracket closed may belong to what comes before the bracket.
  hold = Math.min(hold, numberStart(text, from));
  const tail = text.slice(Math.max(from, length - MAX_QUOTED));
  const quote = openQuote.exec(tail);
  if (quote) hold = Math.min(hold, length - tail.length + quote.index);
  const assigned =
    /(?:key|token|secret|pass|pwd|cred|auth)[\w-]{0,30}(?:\\?["'\]]){0,2}[ \t]{0,5}(?:=>|:=|=|:)?[ \t]{0,5}(?:(?:bearer|basic|token|apikey)[ \t]*)?\\?$/i.exec(
      tail,
    );
  if (assigned) hold = Math.min(hold, length - tail.length + assigned.index);
  const begin = text.lastIndexOf('-----BEGIN ');
  if (begin >= from && length - begin < MAX_BLOCK + 64) {
    const open =
      text.indexOf('-----', text.indexOf('-----END ', begin) < 0 ? length : text.indexOf('-----END ', begin) + 9) < 0;
    const isKey =
      /^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/.test(text.slice(begin, begin + 80)) ||
      blockHead.test(text.slice(begin));
    if (open && isKey) hold = Math.min(hold, begin);
  }
  for (const value of spaced) hold = Math.min(hold, prefixStart(text, value, Math.max(from, length - longest)));
  return Math.max(from, hold);
}

/** Where a number with blanks in it may begin that is not at its end yet. */
function numberStart(text: string, from: number): number {
  let at = text.length;
  const least = Math.max(from, at - MAX_NUMBER);
  let digits = false;
  while (at > least && /[\dA-Z ().+-]/.test(text[at - 1] ?? '')) {
    at -= 1;
    digits ||= /[\d+(]/.test(text[at] ?? '');
  }
  return digits ? at : text.length;
}

function prefixStart(text: string, value: string, from: number): number {
  for (let at = text.indexOf(value[0] ?? '', from); at >= 0; at = text.indexOf(value[0] ?? '', at + 1)) {
    if (text.length - at < value.length && value.startsWith(text.slice(at))) return at;
  }
  return text.length;
}
