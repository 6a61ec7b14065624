import type { Handler, Call, Outcome } from './call.ts';
import { unknownField } from './field.ts';
import type { Field } from './field.ts';
import { note } from './state.ts';
import { pathsOf, touch } from './touch.ts';

const plain = new Set(
  '-print -print0 -ls -depth -d -empty -true -false -mount -xdev -x -noleaf -o -or -a -and -not ! ( ) , -prune -quit -daystart -readable -writable -executable -nouser -nogroup -follow -ignore_readdir_race -noignore_readdir_race -warn -nowarn -H -L -P -E -X -s -O1 -O2 -O3'.split(
    ' ',
  ),
);
const valued = new Set(
  '-name -iname -path -ipath -wholename -iwholename -regex -iregex -type -xtype -size -mtime -mmin -ctime -cmin -atime -amin -Btime -Bmin -maxdepth -mindepth -perm -user -group -uid -gid -links -inum -fstype -lname -ilname -printf -regextype -used -context -D -newermt -newerat -newerct'.split(
    ' ',
  ),
);
const files = new Set('-newer -anewer -cnewer -samefile -neweraa -newermm -files0-from'.split(' '));
const writers = new Set('-fprint -fprint0 -fls -fprintf'.split(' '));
const runners = new Set('-exec -execdir -ok -okdir'.split(' '));

/** Understands `find`: what it lists, deletes, writes and runs. */
export const find: Handler = (call) => {
  const { words, state, context } = call;
  const from = words.findIndex((word) => word.known && /^[-(!,]/.test(word.text) && !/^-[HLP]$/.test(word.text));
  const before = from < 0 ? words : words.slice(0, from);
  const starts = before.filter((word) => !/^-[HLP]$/.test(word.text));
  const folders = starts.length > 0 ? starts : [{ text: '.', known: true }];
  for (const folder of folders) {
    touch('read', folder, state, context);
    if (folder.glob && /^[*?[]/.test(folder.text)) note(context, `\`${folder.text}\` may turn out to be an option`);
  }
  const terms = from < 0 ? [] : words.slice(from);
  const names = namesOf(terms);
  const patterns = folders
    .flatMap((folder) => (folder.known ? (pathsOf(folder, state) ?? []) : []))
    .flatMap((path) => {
      const base = path === '/' ? '' : path.replace(/\/$/, '');
      return names.length > 0 ? names.map((name) => `${base}/**/${name}`) : [`${base}/**`];
    });
  return { ...expression(call, terms, { folders, patterns, named: names.length > 0 }), origin: { paths: patterns } };
};

/** The names that every hit has one of; none when that is not sure. */
function namesOf(terms: readonly Field[]): readonly string[] {
  const names: string[] = [];
  let sure = 0;
  terms.forEach((term, at) => {
    const value = terms[at + 1];
    if (!/^-i?name$/.test(term.text) || !value?.known) return;
    const negated = /^(?:-not|!)$/.test(terms[at - 1]?.text ?? '');
    if (!negated && !value.text.includes('/')) names.push(value.text);
    if (!negated) sure += 1;
  });
  const alternatives = terms.filter((term) => /^-o(?:r)?$/.test(term.text)).length;
  return sure === alternatives + 1 || (alternatives === 0 && sure > 0) ? names : [];
}

interface Found {
  readonly folders: readonly Field[];
  readonly patterns: readonly string[];
  readonly named: boolean;
}

function expression({ state, context }: Call, terms: readonly Field[], found: Found): Outcome {
  const hits: readonly Field[] = found.patterns.map((text) => ({ text, known: true, glob: true, many: true }));
  for (let at = 0; at < terms.length; at += 1) {
    const term = terms[at];
    if (!term) break;
    const { text } = term;
    if (!term.known || (term.glob && plain.has(text) === false))
      note(context, `\`${text}\` may turn out to be an action of find`);
    else if (plain.has(text)) continue;
    else if (valued.has(text) || /^-newer\w\w$/.test(text)) at += 1;
    else if (files.has(text)) {
      const file = terms[(at += 1)];
      if (file) touch('read', file, state, context);
    } else if (writers.has(text)) {
      const file = terms[at + 1];
      if (file) touch('write', file, state, context);
      at += text === '-fprintf' ? 2 : 1;
    } else if (text === '-delete') {
      if (found.named) for (const hit of hits) touch('delete', hit, state, context);
      else for (const folder of found.folders) touch('delete-tree', folder, state, context);
    } else if (runners.has(text)) {
      const end = terms.findIndex(
        (word, index) => index > at && (word.text === ';' || (word.text === '+' && terms[index - 1]?.text === '{}')),
      );
      const words = terms.slice(at + 1, end < 0 ? undefined : end);
      const inner = text.endsWith('dir') ? { ...state, cwds: undefined } : state;
      context.command(
        words.flatMap((word) => placed(word, '{}', hits)),
        { ...inner, stdin: {} },
      );
      if (end < 0) note(context, 'the command of find has no end');
      at = end < 0 ? terms.length : end;
    } else note(context, `\`${text}\` of find is not known to be harmless`);
  }
  return {};
}

/** Puts what a command is given in the place of its placeholder. */
export function placed(word: Field, placeholder: string, values: readonly Field[]): readonly Field[] {
  const at = word.text.indexOf(placeholder);
  if (at < 0) return [word];
  if (word.text === placeholder) return values.length > 0 ? values : [unknownField(word.text, { many: true })];
  const remote = values.some((value) => value.remote);
  return [unknownField(word.text, { ...(at > 0 ? { start: word.text.slice(0, at) } : {}), remote })];
}
