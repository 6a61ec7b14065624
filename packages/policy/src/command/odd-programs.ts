import type { Call, Handler, Outcome } from './call.ts';
import { literal } from './field.ts';
import { placed } from './find.ts';
import { loadedElsewhere } from './runner-options.ts';
import { programEffects } from './program-effects.ts';
import { touch } from './touch.ts';

const tarLetters = /^-?[tvfzjJaOkpxZn]+$/;
const tarFlags =
  /^--(?:list|extract|get|to-stdout|gzip|gunzip|bzip2|xz|zstd|auto-compress|verbose|wildcards|no-wildcards|no-anchored|anchored|ignore-case|numeric-owner|full-time|utc|quoting-style=\w+|strip-components=\d+|exclude=.*|occurrence(?:=\d+)?|null|no-recursion)$/;

/** Listing an archive, or printing what is in it; whatever else `tar` does is asked about. */
const tar: Handler = ({ words, state, context }) => {
  const texts = words.map((word) => word.text);
  const clusters = texts.filter((text, at) => tarLetters.test(text) && (at === 0 || text.startsWith('-')));
  const letters = clusters.join('');
  const lists = letters.includes('t') || texts.includes('--list');
  const prints =
    (letters.includes('x') || /^--(?:extract|get)$/m.test(texts.join('\n'))) &&
    (letters.includes('O') || texts.includes('--to-stdout'));
  const options = texts.filter((text, at) => text.startsWith('-') && !(at > 0 && text === '-'));
  const plain =
    words.every((word) => word.known) && options.every((text) => tarLetters.test(text) || tarFlags.test(text));
  if ((lists !== prints || lists) && (lists || prints) && plain && !(lists && letters.includes('x'))) {
    const archive = words.find((word, at) => !word.text.startsWith('-') && !(at === 0 && clusters.includes(word.text)));
    if (archive && /^[^/]*:/.test(archive.text))
      context.emit({ effect: { kind: 'network', url: `${archive.text.split(':')[0]}:514` } });
    else if (archive) touch('read', archive, state, context);
    return {};
  }
  for (const word of words.slice(1)) if (!word.text.startsWith('-')) touch('tree', word, state, context);
  return { ask: 'It packs or unpacks files, and some of its options run commands.' };
};

const unzip: Handler = ({ words, state, context }) => {
  const file = words.find((word) => !word.text.startsWith('-'));
  if (file) touch('read', file, state, context);
  const lists =
    words.some((word) => /^-[lvtZp12]+$/.test(word.text)) &&
    words.every((word) => word.known && /^(?:-[lvtZpq12hm]+|[^-].*)$/.test(word.text));
  return lists ? {} : { ask: 'It unpacks files.' };
};

const dd: Handler = ({ words, state, context }) => {
  for (const word of words) {
    const [, key = '', value = ''] = /^(\w+)=(.*)$/s.exec(word.text) ?? [];
    if (!word.known || key === '') return { ask: `\`${word.text}\` is not understood.` };
    if (key === 'if') touch('read', literal(value), state, context);
    if (key === 'of') touch('write', literal(value), state, context);
  }
  return {};
};

const command: Handler = ({ words, state, context }) => {
  const [first] = words;
  if (first?.known && /^-[vVp]*[vV][pvV]*$/.test(first.text)) return {};
  const rest = first?.text === '-p' || first?.text === '--' ? words.slice(1) : words;
  // `command` and `builtin` pass over functions.
  if (rest.length === 0) return {};
  const inner = { ...state, functions: new Map() };
  const origin = context.command(rest, inner);
  // `builtin cd` moves this shell.
  Object.assign(state, { cwds: inner.cwds, last: inner.last, args: inner.args, strict: inner.strict });
  return { origin };
};

const makeTargets =
  /^(?:test|tests|check|lint|build|all|fmt|format|typecheck|types|vet|coverage|cover|bench|compile|verify|validate|unit|e2e|integration|docs?|help|unit-test|unittest)(?:[-_:.][\w:.-]+)?$/;

const make: Handler = (call) => {
  const entry = call.context.program('make');
  const reading = entry && programEffects(entry, call.words, call.state, call.context);
  const targets = reading?.operands ?? [];
  if (
    targets.some(
      (word) =>
        !word.known || word.glob || (word.text.includes('=') && !/^(?:V|VERBOSE|DEBUG|CI)=\w*$/.test(word.text)),
    )
  )
    return { ask: 'A setting of make changes what is run.' };
  const other = targets
    .filter((word) => !word.text.includes('='))
    .find((word) => !makeTargets.test(word.text) || /deploy|publish|release|prod|push|clean|install/i.test(word.text));
  if (other) return { ask: `The target \`${other.text}\` is not one of tests, checks and builds.` };
  return { scripts: true };
};

const nodeValues =
  /^(?:--(?:import|require|conditions|loader|experimental-loader|env-file(?:-if-exists)?|test-name-pattern|test-reporter|test-concurrency|test-timeout|max-old-space-size)|-[rC])$/;

/** `node --test`: the repository's own tests. */
export function nodeTests({ words, context, state }: Call): Outcome | undefined {
  if (!words.some((word) => word.known && word.text === '--test')) return undefined;
  const other = loadedElsewhere({ name: 'node', words });
  if (other !== undefined) return { ask: other };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (!word?.known) return { ask: `\`${word?.text ?? ''}\` is only known when it runs.` };
    if (
      /^(?:-e|-p|-pe|-i|--eval|--print|--interactive|--inspect.*|--test-reporter-destination.*|--build-snapshot.*|--import=data.*|--cpu-prof.*|--heap.*|--report.*|--diagnostic.*|--trace-event.*|--redirect.*|--tls.*|--icu.*|--openssl.*)$/.test(
        word.text,
      )
    ) {
      return { ask: `The option \`${word.text}\` is not known to be harmless.` };
    }
    if (nodeValues.test(word.text)) {
      const value = words[(at += 1)];
      if (value && /^[/~.]|\//.test(value.text)) touch('read', value, state, context);
      if (/^data:/.test(value?.text ?? '')) return { ask: 'It loads code from its own words.' };
    } else if (!word.text.startsWith('-')) touch('read', word, state, context);
    else if (/=(?:\/|~|\.\.|data:)/.test(word.text))
      return { ask: `\`${word.text}\` loads what is not the repository's.` };
  }
  return { scripts: true };
}

const watch: Handler = ({ words, state, context }) => {
  let at = 0;
  while (at < words.length && words[at]?.text.startsWith('-'))
    at += /^-(?:n|-interval)$/.test(words[at]?.text ?? '') ? 2 : 1;
  const line = words.slice(at);
  if (words.some((word) => !word.known || word.glob))
    return { unclear: 'What it would run again and again is only known when it runs.' };
  if (
    !words
      .slice(0, at)
      .every((word) =>
        /^(?:-[dtgecxb]+|-n.*|--interval.*|--(?:differences|no-title|chgexit|errexit|color|exec|beep)|[\d.]+)$/.test(
          word.text,
        ),
      )
  ) {
    return { ask: 'One of its options is not known to be harmless.' };
  }
  return { origin: context.source(line.map((word) => word.text).join(' '), { ...state }) };
};

/** Pagers take commands after a plus sign, and `!` in one of them is a line for a shell. */
const pager: Handler = ({ name, words, state, context }) => {
  if (words.some((word) => word.known && /^\+(?!\d*$|[GF]$|\/)/.test(word.text)))
    return { unclear: 'A command that the pager would run is not looked into.' };
  const entry = context.program(name);
  if (entry)
    programEffects(
      entry,
      words.filter((word) => !word.text.startsWith('+')),
      state,
      context,
    );
  return {};
};

const kill: Handler = ({ words, name }) => {
  if (words.length === 1 && words[0]?.text === '-l') return {};
  if (name === 'kill' && words.some((word, at) => at > 0 && word.text === '-1'))
    return { harm: 'It would end every process.' };
  return { unclear: 'It ends processes.' };
};

/** Without a format, the words of `date` set the clock. */
const date: Handler = ({ name, words, state, context }) => {
  const entry = context.program(name);
  const reading = entry && programEffects(entry, words, state, context);
  const setting = reading?.operands.find((word) => !(word.known ? word.text : (word.start ?? '')).startsWith('+'));
  return setting ? { unclear: `\`${setting.text}\` may set the clock.` } : {};
};

/** `ps e` and `ps -E` show the environment of processes, keys among it. */
const ps: Handler = ({ words }) => {
  const shows = words.some((word, at) => {
    const isValue = /^-[a-zA-Z]*[oOCuUpgGtskq]$|^--(?:sort|format|user|pid|ppid|group|tty|cols|rows)$/.test(
      words[at - 1]?.text ?? '',
    );
    return !word.known || (!isValue && /^[a-zA-Z]*e[a-zA-Z]*$|^-[a-zA-Z]*E/.test(word.text));
  });
  return shows ? { ask: 'It shows the environment of processes, keys and passwords among it.' } : {};
};

/** `fd … -x COMMAND`: the command is run for what is found. */
const fd: Handler = ({ name, words, state, context }) => {
  const at = words.findIndex((word) => word.known && /^(?:-[xX]|--exec(?:-batch)?)$/.test(word.text));
  const entry = context.program(name);
  if (entry) programEffects(entry, at < 0 ? words : words.slice(0, at), state, context);
  if (at < 0) return {};
  const command = words.slice(at + 1);
  if (command.length === 0 || command.some((word) => word.text === ';' || /\{[/.]+\}/.test(word.text)))
    return { unclear: 'What it would run for each file is not understood.' };
  const hits = (state.cwds ?? []).map((cwd) => ({ text: `${cwd}/**`, known: true, glob: true, many: true }));
  if (hits.length === 0) return { unclear: 'The folder it looks in is only known when it runs.' };
  const whole = command.some((word) => word.text === '{}') ? command : [...command, literal('{}')];
  const full = whole.flatMap((word) => placed(word, '{}', hits));
  return { origin: context.command(full, { ...state, stdin: {} }) };
};

/** Only questions: other modes install and remove packages. */
const rpm: Handler = ({ name, words, state, context }) => {
  const entry = context.program(name);
  if (entry) programEffects(entry, words, state, context);
  const asks = words.some((word) => /^-[a-zA-Z]*[qV]|^--(?:query|verify|version)$/.test(word.text));
  return asks ? {} : { ask: 'It may install or remove packages.' };
};

/** Programs whose words no table can say. */
export const oddPrograms: Readonly<Record<string, Handler>> = {
  tar,
  gtar: tar,
  bsdtar: tar,
  unzip,
  dd,
  command,
  builtin: command,
  make,
  watch,
  less: pager,
  more: pager,
  gmake: make,
  fd,
  fdfind: fd,
  date,
  gdate: date,
  ps,
  rpm,
  kill,
  pkill: kill,
  killall: kill,
};
