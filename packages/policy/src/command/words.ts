import type { ParameterExpansionPart, Word, WordPart } from 'unbash';
import { arithmetic } from './arithmetic.ts';
import { expandBraces } from './brace.ts';
import { unknownField } from './field.ts';
import type { Field } from './field.ts';
import { copy, isNumber, note } from './state.ts';
import type { Context, State } from './state.ts';

/** A stretch of a word: its value, and whether quotes keep the shell from splitting it. */
interface Piece extends Field {
  readonly quoted: boolean;
}

const MAX_FIELDS = 64;
const MAX_PARTS = 500;

/** Expands words as the shell would, as far as that can be told, and takes apart what they run. */
export function expandWords(words: readonly Word[], state: State, context: Context): readonly Field[] {
  return words.flatMap((word) => expandWord(word, state, context));
}

/** Expands one word; it may give none or several. */
export function expandWord(word: Word, state: State, context: Context): readonly Field[] {
  if (!word.parts) return [tilde(word, { text: word.value, known: true }, state, context)];
  if (word.parts.length > MAX_PARTS) {
    note(context, 'a word has too many parts');
    return [unknownField('…', { many: true })];
  }
  let variants: readonly (readonly Piece[])[] = [[]];
  for (const [at, part] of word.parts.entries()) {
    // Braces come first, so `$a{b,c}` is `$ab` and `$ac`.
    if (part.type === 'SimpleExpansion' && word.parts[at + 1]?.type === 'BraceExpansion')
      return [unknownField(word.text, { many: true })];
    const choices = part.type === 'BraceExpansion' ? braces(part, state, context) : [piecesOf(part, state, context)];
    variants = variants.flatMap((pieces) => choices.map((choice) => [...pieces, ...choice]));
    if (variants.length > MAX_FIELDS) {
      note(context, `\`${word.text}\` stands for too many words`);
      return [unknownField(word.text, { many: true })];
    }
  }
  return variants.flatMap((pieces) => fieldsOf(pieces, word.text)).map((field) => tilde(word, field, state, context));
}

/** Expands a word where the shell neither splits nor matches files: assignments, here-strings, `case`. */
export function expandWhole(word: Word, state: State, context: Context): Field {
  const [only, ...more] = expandWord(word, state, context);
  if (!only) return { text: '', known: true };
  const all = [only, ...more];
  if (all.every((field) => field.known)) return { ...only, text: all.map((field) => field.text).join(' ') };
  return unknownField(word.text, { many: true, remote: all.some((field) => field.remote) });
}

function tilde(word: Word, field: Field, state: State, context: Context): Field {
  if (!field.known) return field;
  const assigned = /^[a-zA-Z_]\w*\+?=(?=.*~)/s.exec(word.text)?.[0];
  if (assigned !== undefined && field.text.startsWith(assigned)) {
    // After `name=` and after each colon the shell expands a tilde too.
    if (!word.text.startsWith(`${assigned}~`)) return /:~/.test(word.text) ? unknownField(word.text) : field;
    const value = tilde(
      { ...word, text: word.text.slice(assigned.length) },
      { ...field, text: field.text.slice(assigned.length) },
      state,
      context,
    );
    return value.known && !/:~/.test(word.text)
      ? { ...field, text: assigned + value.text }
      : unknownField(word.text, { start: assigned });
  }
  if (!word.text.startsWith('~')) return field;
  const [, user = '', rest = ''] = /^~([^/]*)(.*)$/s.exec(field.text) ?? [];
  if (!field.text.startsWith('~')) return field;
  if (!/^[\w.+-]*$/.test(user) || !word.text.startsWith(`~${user}`)) return unknownField(word.text);
  if (user === '') return { ...field, text: homeOf(state, context) + rest };
  if (user === '+' && state.cwds?.length === 1) return { ...field, text: `${state.cwds[0]}${rest}` };
  if (user === '+' || user === '-' || /^[-+]?\d/.test(user)) return unknownField(word.text);
  return { ...field, text: user === 'root' ? `/root${rest}` : `/home/${user}${rest}` };
}

function homeOf(state: State, context: Context): string {
  const set = state.vars.get('HOME');
  return set?.known && !set.glob ? set.text : context.home;
}

function braces(part: WordPart, state: State, context: Context): readonly (readonly Piece[])[] {
  const words = part.type === 'BraceExpansion' && expandBraces(part.text);
  if (words)
    return words.map((text) => (text === '' ? [] : [{ text, known: true, quoted: true, glob: /[*?[]/.test(text) }]));
  const inner = 'parts' in part && part.parts ? part.parts : [];
  for (const child of inner) if ('type' in child) piecesOf(child as WordPart, state, context);
  if (inner.length === 0 && /[$`]/.test(part.text)) note(context, `\`${part.text}\` is only known when it runs`);
  return [[{ text: part.text, known: false, many: true, quoted: false }]];
}

function piecesOf(part: WordPart, state: State, context: Context, quoted = false): readonly Piece[] {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [{ text: part.value, known: true, quoted: true }];
    case 'DoubleQuoted':
    case 'LocaleString': {
      const inner = part.parts.flatMap((child) => piecesOf(child, state, context, true));
      return inner.length > 0 ? inner : [{ text: '', known: true, quoted: true }];
    }
    case 'Glob':
      for (const child of part.parts ?? []) piecesOf(child, state, context);
      return [{ text: part.text, known: true, glob: true, quoted: true }];
    case 'ExtendedGlob':
      for (const child of part.parts ?? []) piecesOf(child, state, context);
      return [{ text: part.text, known: true, glob: true, quoted: true }];
    case 'SimpleExpansion':
      return [{ ...variable(part.text.slice(1), part.text, state, context), quoted }];
    case 'ParameterExpansion':
      return [{ ...parameter(part, state, context), quoted }];
    case 'CommandExpansion': {
      const { field, paths, remote } = context.script(part.script, copy(state));
      if (field) return [{ ...field, quoted }];
      const [path, ...more] = paths ?? [];
      if (path !== undefined && more.length === 0)
        return [{ text: path, known: true, glob: true, many: true, quoted: true }];
      return [{ ...unknownField(part.text, { many: !quoted, remote: Boolean(remote) }), quoted }];
    }
    case 'ArithmeticExpansion':
      if (!part.expression && /[$`[a-zA-Z]/.test(part.text)) note(context, `\`${part.text}\` is not understood`);
      arithmetic(part.expression, state, context);
      return [{ text: '0', known: true, number: true, quoted: true }];
    case 'ProcessSubstitution': {
      const { remote } = context.script(part.script, { ...copy(state), stdin: {} });
      return [{ text: '/dev/fd/63', known: true, remote: Boolean(remote), quoted: true }];
    }
    case 'BraceExpansion':
      return braces(part, state, context)[0] ?? [];
    default:
      return part satisfies never;
  }
}

/** The value of `$name`. */
function variable(name: string, source: string, state: State, context: Context): Field {
  if (/^[?#!$]$|^(?:RANDOM|SECONDS|LINENO|UID|EUID|PPID|BASHPID|EPOCHSECONDS)$/.test(name)) {
    return { text: '0', known: true, number: true };
  }
  if (name === '-') return unknownField(source);
  if (name === '@' || name === '*') {
    const all = state.args;
    if (all?.length === 1 && all[0]) return all[0];
    return unknownField(source, { many: true, remote: Boolean(all?.some((field) => field.remote)) });
  }
  if (/^\d+$/.test(name))
    return (Number(name) > 0 && state.args?.[Number(name) - 1]) || unknownField(source, { many: true });
  const set = state.vars.get(name);
  if (set) return set.known ? set : { ...set, text: source };
  if (name === 'HOME') return { text: context.home, known: true };
  if (name === 'PWD' && state.cwds?.length === 1) return { text: state.cwds[0] ?? '', known: true };
  if (isSecretName(name)) note(context, `\`${source}\` may be a key or a password`);
  return unknownField(source, { many: true });
}

/** Tells whether an environment variable of this name is likely to hold a secret. */
export function isSecretName(name: string): boolean {
  return (
    /(?:KEY|TOKEN|SECRET|PASSW|PASSPHRASE|PWD_|CREDENTIAL|AUTH|COOKIE|PRIVATE|DATABASE_URL|DSN)/i.test(name) &&
    !/PUBLIC|AUTHOR/i.test(name)
  );
}

function parameter(part: ParameterExpansionPart, state: State, context: Context): Field {
  const { parameter: name, prefix, index, operation, text } = part;
  // The keys of an array; nothing is evaluated for them.
  if (/^\$\{![a-zA-Z_]\w*\[[@*]\]\}$/.test(text)) return unknownField(text, { many: true });
  if (prefix === '!' || operation?.type === 'Transform' || operation?.type === 'Unknown') {
    note(context, `\`${text}\` evaluates a value again, which can run commands`);
    return unknownField(text, { many: true });
  }
  if (index && !/^(?:\d+|[@*])$/.test(index.text))
    note(context, `the index in \`${text}\` is evaluated, which can run commands`);
  if (prefix === '#') return { text: '0', known: true, number: true };
  const value = index
    ? unknownField(text, { many: true, remote: Boolean(state.vars.get(name)?.remote) })
    : variable(name, text, state, context);
  if (!operation) return value;
  if (operation.type === 'Default') return withDefault(part, value, state, context);
  for (const word of operandsOf(part)) expandWhole(word, state, context);
  if (operation.type === 'Slice') {
    const plain = [operation.offset, operation.length].every((word) => !word || /^\s*-?\d+$/.test(word.text));
    if (!plain) note(context, `\`${text}\` evaluates arithmetic`);
  }
  return isNumber(value) && operation.type === 'Remove'
    ? value
    : unknownField(text, { many: true, remote: Boolean(value.remote) });
}

function withDefault(part: ParameterExpansionPart, value: Field, state: State, context: Context): Field {
  const { operation, text, parameter: name } = part;
  if (operation?.type !== 'Default') return value;
  // Once only, for what it runs: defaults can be nested.
  const other = expandWhole(operation.operand, state, context);
  if (operation.operator.endsWith('=')) state.vars.set(name, unknownField(text, { many: true }));
  const sure = state.vars.get(name);
  if (sure?.known && sure.text !== '' && /^:?[-?]$/.test(operation.operator)) return sure;
  if (/^:?\?$/.test(operation.operator)) return value;
  // An unset variable that nothing in the script sets is most likely unset, but the environment may know better.
  return unknownField(text, { many: true, remote: Boolean(other.remote ?? value.remote) });
}

function operandsOf({ operation }: ParameterExpansionPart): readonly Word[] {
  if (!operation || operation.type === 'Names') return [];
  const words = Object.values(operation) as readonly unknown[];
  return words.filter(
    (word): word is Word => typeof word === 'object' && word !== null && 'type' in word && word.type === 'Word',
  );
}

/** Joins pieces into fields, splitting unquoted values at blanks. */
function fieldsOf(pieces: readonly Piece[], source: string): readonly Field[] {
  let start = '';
  const unsure = pieces.find((piece) => !piece.known || (piece.many === true && pieces.length > 1));
  for (const piece of pieces) {
    if (piece === unsure) break;
    start += piece.text;
  }
  const remote = pieces.some((piece) => piece.remote);
  if (unsure) {
    if (pieces.length === 1 && unsure.start !== undefined) return [{ ...unsure, remote }];
    return [
      unknownField(source, {
        ...(start === '' ? {} : { start }),
        many: pieces.some((piece) => piece.many && !piece.quoted),
        remote,
      }),
    ];
  }
  const fields: Field[] = [];
  let open: Field | undefined;
  for (const piece of pieces) {
    if (piece.quoted || !/[\s*?[]/.test(piece.text)) {
      if (piece.quoted || piece.text !== '') open = append(open, piece, piece.glob === true);
      continue;
    }
    const words = piece.text.split(/[ \t\n]+/);
    words.forEach((text, at) => {
      if (at > 0 && open) {
        fields.push(open);
        open = undefined;
      }
      if (text !== '') open = append(open, { ...piece, text }, piece.glob === true || /[*?[]/.test(text));
    });
  }
  if (open) fields.push(open);
  return remote ? fields.map((field) => ({ ...field, remote })) : fields;
}

function append(open: Field | undefined, piece: Field, glob: boolean): Field {
  return {
    text: (open?.text ?? '') + piece.text,
    known: true,
    ...(glob || open?.glob ? { glob: true } : {}),
    ...(piece.many ? { many: true } : {}),
    ...(piece.number || open?.number ? { number: true } : {}),
  };
}
