import type { Call, Handler, Outcome } from './call.ts';
import { literal } from './field.ts';
import { programEffects } from './program-effects.ts';
import { touch } from './touch.ts';

const tar: Handler = ({ words, state, context }) => {
  const [first, ...rest] = words;
  const letters = (first?.text ?? '').replace(/^-/, '');
  const lists = first?.text === '--list' || (/^[tvfzjJaO]+$/.test(letters) && letters.includes('t'));
  const plain = rest.every((word) => word.known && !/^-/.test(word.text));
  if (lists && plain) {
    const [file] = rest;
    if (file) touch('read', file, state, context);
    return {};
  }
  for (const word of rest) if (!word.text.startsWith('-')) touch('tree', word, state, context);
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
  Object.assign(state, { cwds: inner.cwds, args: inner.args, strict: inner.strict });
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
  kill,
  pkill: kill,
  killall: kill,
};
