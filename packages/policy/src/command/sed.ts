import type { Handler } from './call.ts';
import { literal, mayBeOption } from './field.ts';
import type { Field } from './field.ts';
import { note } from './state.ts';
import { touch } from './touch.ts';

const flags =
  /^--(?:quiet|silent|regexp-extended|separate|unbuffered|null-data|posix|debug|sandbox|follow-symlinks|version|help)$/;

/** Understands `sed`: files it reads or edits in place, and scripts that write or run something. */
export const sed: Handler = ({ words, state, context }) => {
  const scripts: Field[] = [];
  const files: Field[] = [];
  let inPlace = false;
  let ended = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (!word) break;
    if (ended || !mayBeOption(word) || word.text === '-') files.push(word);
    else if (!word.known || word.glob) note(context, `\`${word.text}\` may turn out to be an option`);
    else if (word.text === '--') ended = true;
    else if (/^--in-place(?:=[^/]*)?$/.test(word.text)) inPlace = true;
    else if (word.text.startsWith('--expression=')) scripts.push(literal(word.text.slice(13)));
    else if (word.text.startsWith('--')) {
      if (!flags.test(word.text)) note(context, `the option \`${word.text}\` is not known to be harmless`);
    } else at += shortOptions(word.text, words[at + 1]);
  }
  if (scripts.length === 0) {
    const script = files.shift();
    if (script) scripts.push(script);
  }
  for (const script of scripts) {
    if (!script.known || script.glob) note(context, `the sed script \`${script.text}\` is only known when it runs`);
    else sedScript(script.text);
  }
  for (const file of files) touch(inPlace ? 'write' : 'read', file, state, context);
  return {};

  function shortOptions(text: string, next: Field | undefined): number {
    for (let at = 1; at < text.length; at += 1) {
      const letter = text[at] ?? '';
      const rest = text.slice(at + 1);
      if ('nErsuz'.includes(letter)) continue;
      if (letter === 'i') {
        inPlace = true;
        // A suffix with a slash puts the old file into another folder.
        if (rest.includes('/')) note(context, `the option \`${text}\` of sed writes to another folder`);
        return 0;
      }
      if (letter === 'e' || letter === 'l') {
        const value = rest === '' ? next : literal(rest);
        if (letter === 'e' && value) scripts.push(value);
        return rest === '' ? 1 : 0;
      }
      note(context, `the option \`-${letter}\` of sed is not known to be harmless`);
      return 0;
    }
    return 0;
  }

  function sedScript(script: string): void {
    const problem = sedProblem(script, (how, file) => touch(how, literal(file), state, context));
    if (problem) note(context, problem);
  }
};

/** Finds what a sed script does besides editing its stream; gives a sentence where it is not understood. */
export function sedProblem(script: string, file: (how: 'read' | 'write', path: string) => void): string | undefined {
  let at = 0;
  const skip = (pattern: RegExp): string => {
    const found = new RegExp(pattern.source, 'sy');
    found.lastIndex = at;
    const text = found.exec(script)?.[0] ?? '';
    at += text.length;
    return text;
  };
  const delimited = (delimiter: string): boolean => {
    for (; at < script.length; at += 1) {
      if (script[at] === '\\') at += 1;
      else if (script[at] === '[' && delimiter !== '[' && /^\[\^?\]?[^\]\n]*\]/.test(script.slice(at))) {
        const set = /^\[\^?\]?[^\]\n]*\]/.exec(script.slice(at))?.[0] ?? '';
        // Whether a delimiter ends the expression inside brackets differs between programs.
        if (set.replace(/\\./g, '').includes(delimiter)) return false;
        at += set.length - 1;
      } else if (script[at] === delimiter) {
        at += 1;
        return true;
      }
    }
    return false;
  };
  const unclear = `the sed script \`${script}\` is not understood`;
  while (at < script.length) {
    skip(/[\s;]+/);
    for (let part = 0; part < 2; part += 1) {
      if (script[at] === '/' || script[at] === '\\') {
        if (script[at] === '\\') at += 1;
        const delimiter = script[at] ?? '';
        at += 1;
        if (!delimited(delimiter)) return unclear;
        skip(/[IM]*/);
      } else skip(/(?:\d+(?:~\d+)?|\$|[+~]\d+)/);
      skip(/\s*/);
      if (script[at] !== ',') break;
      at += 1;
      skip(/\s*/);
    }
    skip(/[\s!]*/);
    const command = script[at];
    if (command === undefined) return undefined;
    at += 1;
    if ('{}=dDgGhHnNpPxzF'.includes(command)) continue;
    if ('qQlL'.includes(command)) skip(/\s*\d*/);
    else if (command === '#') skip(/[^\n]*/);
    else if (':btT'.includes(command)) skip(/[^\n;}]*/);
    else if ('aic'.includes(command)) skip(/(?:[^\\\n]|\\.)*/);
    else if (command === 'r' || command === 'R') file('read', skip(/[^\n]*/).trim());
    else if (command === 'w' || command === 'W') file('write', skip(/[^\n]*/).trim());
    else if (command === 's' || command === 'y') {
      const delimiter = script[at] ?? '';
      at += 1;
      if (delimiter === '\n' || delimiter === '\\' || !delimited(delimiter)) return unclear;
      // In the replacement brackets mean nothing.
      if (!replacement(delimiter)) return unclear;
      const marks = command === 's' ? skip(/[gpiImM\d]*/) : '';
      if (script[at] === 'e' || marks.includes('e')) return 'the sed script runs a command';
      if (command === 's' && script[at] === 'w') {
        at += 1;
        file('write', skip(/[^\n]*/).trim());
      }
    } else if (command === 'e') return 'the sed script runs a command';
    else return unclear;
    const end = skip(/[ \t]*/) + (script[at] ?? '');
    if (!/^[ \t]*(?:[;\n}#]|$)/.test(end)) return unclear;
  }
  return undefined;

  function replacement(delimiter: string): boolean {
    for (; at < script.length; at += 1) {
      if (script[at] === '\\') at += 1;
      else if (script[at] === delimiter) {
        at += 1;
        return true;
      }
    }
    return false;
  }
}
