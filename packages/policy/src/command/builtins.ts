import { arithmeticText } from './arithmetic.ts';
import type { Call, Handler, Outcome } from './call.ts';
import { checkAssignment, isShellVariable } from './environment.ts';
import { literal, unknownField } from './field.ts';
import type { Field } from './field.ts';
import { joinFolders, note } from './state.ts';
import type { State } from './state.ts';
import { isSecretName } from './words.ts';
import { touch } from './touch.ts';

const everything = 'It prints the whole environment, keys and passwords among it.';

/** Goes to another folder. What is then done there is judged by what it touches, so going there alone reads nothing. */
const cd: Handler = ({ words, state, context, name }) => {
  const targets = words.filter((word) => !/^-[LPe@]+$|^--$/.test(word.text));
  const target = targets[0] ?? (name === 'cd' ? literal(context.home) : undefined);
  const to = folderOf(target, name, state);
  Object.assign(state, { cwds: to, last: state.cwds });
  return { origin: {} };
};

function folderOf(target: Field | undefined, name: string, state: State): State['cwds'] {
  if (!target || name === 'popd' || state.vars.has('CDPATH')) return undefined;
  if (name === 'cd' && target.known && target.text === '-') return state.last;
  const pattern = target.glob === true && (!/[*?]/.test(target.text) || /\.\./.test(target.text));
  if (!target.known || pattern || /^[-+]\d*$/.test(target.text)) return undefined;
  if (target.text.startsWith('/')) return [plainFolder(target.text)];
  return joinFolders(
    state.cwds?.map((cwd) => plainFolder(`${cwd}/${target.text}`)),
    [],
  );
}

function plainFolder(path: string): string {
  const names: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') names.pop();
    else if (part !== '' && part !== '.') names.push(part);
  }
  return `/${names.join('/')}`;
}

/** Sets variables to what is not known, and checks that their names are names. */
function setUnknown(names: readonly Field[], { state, context }: Call): void {
  const { paths, remote } = state.stdin;
  for (const name of names) {
    if (!name.known || !/^[a-zA-Z_]\w*$/.test(name.text))
      note(context, `\`${name.text}\` is no plain name of a variable`);
    else if (isShellVariable(name.text)) note(context, `setting \`${name.text}\` changes how the shell works`);
    else if (paths?.length === 1 && paths[0] !== undefined && names.length === 1) {
      state.vars.set(name.text, { text: paths[0], known: true, glob: true });
    } else state.vars.set(name.text, unknownField(`$${name.text}`, { many: true, remote: Boolean(remote) }));
  }
}

const read: Handler = (call) => {
  const { words, context } = call;
  const names: Field[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (!word) break;
    if (/^-[a-zA-Z]*[dinNptu]$/.test(word.text) && word.known) at += 1;
    else if (word.known && word.text.startsWith('-')) {
      if (/a$/.test(word.text)) continue;
      if (!/^-[ersdnNptui].*$/.test(word.text)) note(context, `the option \`${word.text}\` of read is not known`);
    } else names.push(word);
  }
  setUnknown(names, call);
  return {};
};

const declare: Handler = (call) => {
  const { words, state, context, name } = call;
  const assignments = words.filter((word) => !(word.known && /^[-+]/.test(word.text)));
  const options = words.filter((word) => word.known && /^[-+]/.test(word.text));
  if (options.some((word) => /[in]/.test(word.text) && !/^(?:export|readonly)$/.test(name))) {
    note(context, `\`${name} ${options.map((word) => word.text).join(' ')}\` evaluates values again`);
  }
  if (
    assignments.length === 0 &&
    (name === 'export' || options.length === 0 || options.some((word) => /[px]/.test(word.text)))
  ) {
    return name === 'local' ? {} : { unclear: everything };
  }
  for (const word of assignments) {
    const [, key = '', value] = /^([a-zA-Z_]\w*)\+?(?:=(.*))?$/s.exec(word.text) ?? [];
    if (key === '') {
      note(context, `\`${word.text}\` is no plain name of a variable`);
      continue;
    }
    if (isSecretName(key) && options.some((option) => option.text.includes('p')))
      note(context, `\`${key}\` may be a key or a password`);
    if (value === undefined) {
      const set = state.vars.get(key);
      if (set) checkAssignment(key, set, context);
      continue;
    }
    const field = word.known ? literal(value) : unknownField(`$${key}`, { many: true, remote: Boolean(word.remote) });
    checkAssignment(key, field, context);
    state.vars.set(key, field);
  }
  return {};
};

const setOptions: Handler = ({ words, state }) => {
  if (words.length === 0) return { unclear: everything };
  const first = words[0]?.text ?? '';
  if (words.length === 1 && /^[-+]o$/.test(first)) return {};
  if (words[0]?.known && first === '--') {
    state.args = words.slice(1);
    return {};
  }
  for (let at = 0; at < words.length; at += 1) {
    const text = words[at]?.known ? (words[at]?.text ?? '') : '';
    if (/^[-+][euCbhBf]*o$/.test(text)) {
      if (
        !/^(?:pipefail|errexit|nounset|noclobber|noglob|errtrace|functrace|posix|physical)$/.test(
          words[at + 1]?.text ?? '',
        )
      ) {
        return { unclear: 'This option of the shell is not known to be harmless.' };
      }
      at += 1;
    } else if (!/^[-+][euCbhBfxvE]+$/.test(text))
      return { unclear: 'This option of the shell is not known to be harmless.' };
    if (/^-\w*e/.test(text)) state.strict = true;
    if (/^\+\w*e/.test(text)) state.strict = false;
  }
  return {};
};

const evaluate: Handler = ({ words, state, context }) => {
  if (words.some((word) => word.remote)) return { harm: 'It would run what comes from the network, unseen.' };
  if (words.some((word) => !word.known || word.glob))
    return { unclear: 'It runs text that is only known when it runs.' };
  return { origin: context.source(words.map((word) => word.text).join(' '), state) };
};

const sourceFile: Handler = ({ words, state, context }) => {
  const [file] = words;
  if (file?.remote || (state.stdin.remote && /^(?:\/dev\/stdin|\/dev\/fd\/0|-)$/.test(file?.text ?? ''))) {
    return { harm: 'It would run what comes from the network, unseen.' };
  }
  if (file) touch('read', file, state, context);
  state.vars.clear();
  state.cwds = undefined;
  return { unclear: 'It runs a script in this shell, which is not looked into.' };
};

const trap: Handler = ({ words, state, context }) => {
  const [code, ...signals] = words;
  if (!code || /^-[lp]$|^-$/.test(code.text)) return {};
  if (!code.known) return { unclear: 'It sets a trap that is only known when it runs.' };
  if (signals.some((word) => /^(?:DEBUG|RETURN|ERR)$/.test(word.text)))
    return { unclear: 'It sets a trap that changes how the script runs.' };
  context.source(code.text, { ...state });
  return {};
};

const letNumber: Handler = ({ words, state, context }) => {
  for (const word of words) {
    const [, name = '', value = ''] = /^([a-zA-Z_]\w*)(?:[-+*/%]?=(.*)|\+\+|--)$/s.exec(word.text) ?? [];
    if (name === '' || !word.known) note(context, `\`${word.text}\` is evaluated as arithmetic`);
    else {
      for (const part of value.split(/[-+*/%() ]+/)) if (part !== '') arithmeticText(part, state, context);
      arithmeticText(name, state, context);
      state.vars.set(name, { text: '0', known: true, number: true });
    }
  }
  return {};
};

const test: Handler = ({ words, context }) => {
  words.forEach((word, at) => {
    const value = words[at + 1];
    if (/^-[vR]$/.test(word.text) && value && !/^[a-zA-Z_]\w*$/.test(value.text)) {
      note(context, `\`test ${word.text}\` evaluates an index, which can run commands`);
    }
    if (!word.known && word.many) return;
  });
  return {};
};

const printf: Handler = (call) => {
  const [first, name] = call.words;
  const attached = /^-v(.+)$/s.exec(first?.text ?? '')?.[1];
  if (attached !== undefined && first) setUnknown([{ ...first, text: attached }], call);
  else if (first?.text === '-v' && name) setUnknown([name], call);
  else if (first && !first.known && (first.start ?? '') === '' && first.many && call.words.length > 1) {
    note(call.context, 'the format of printf may turn out to be an option');
  }
  return {};
};

const unset: Handler = ({ words, state, context }) => {
  for (const word of words) {
    if (/^-[fvn]$/.test(word.text)) continue;
    if (!word.known || !/^[a-zA-Z_]\w*$/.test(word.text))
      note(context, `\`${word.text}\` is no plain name of a variable`);
    else {
      if (isShellVariable(word.text)) note(context, `unsetting \`${word.text}\` changes how the shell works`);
      state.vars.delete(word.text);
      state.functions.delete(word.text);
    }
  }
  return {};
};

const alias: Handler = ({ words }) =>
  words.some((word) => !word.known || word.text.includes('='))
    ? { unclear: 'An alias changes what later words mean.' }
    : {};

const array: Handler = (call) => {
  const names = call.words.filter((word) => !word.text.startsWith('-'));
  if (call.words.some((word) => /^-\w*[Cc]/.test(word.text))) return { unclear: 'It calls back for each line.' };
  setUnknown(names.slice(-1), call);
  return {};
};

const environment: Handler = (call): Outcome => {
  const { words, state, context, name } = call;
  const inner = { ...state };
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at];
    if (!word) break;
    const assignment = /^([a-zA-Z_]\w*)=(.*)$/s.exec(word.text);
    if (assignment?.[1] !== undefined)
      checkAssignment(assignment[1], word.known ? literal(assignment[2] ?? '') : word, context);
    else if (/^-(?:u|-unset)$/.test(word.text)) at += 1;
    else if (/^(?:-C|--chdir)$/.test(word.text)) {
      const folder = words[(at += 1)];
      if (folder?.known && !folder.glob)
        inner.cwds = folder.text.startsWith('/') ? [folder.text] : state.cwds?.map((cwd) => `${cwd}/${folder.text}`);
      else inner.cwds = undefined;
    } else if (/^--chdir=/.test(word.text)) inner.cwds = undefined;
    else if (!/^(?:-|-i|-0|--null|--ignore-environment|--unset=\w+|-u\w+|--)$/.test(word.text)) {
      if (word.known && !word.text.startsWith('-')) break;
      return { unclear: `\`${word.text}\` of ${name} is not known to be harmless.` };
    }
  }
  const command = words.slice(at);
  return command.length > 0 ? { origin: context.command(command, inner) } : { unclear: everything };
};

const printenv: Handler = ({ words }) => {
  const names = words.filter((word) => !word.text.startsWith('-'));
  if (names.length === 0) return { unclear: everything };
  const secret = names.find((word) => !word.known || isSecretName(word.text));
  return secret ? { unclear: `\`${secret.text}\` may be a key or a password.` } : {};
};

/** How patterns match may change in ways that show no more files; the other options change what a line means. */
const shopt: Handler = ({ words }) => {
  const texts = words.map((word) => (word.known && !word.glob ? word.text : '?'));
  const asks = texts.every((text) => /^-[pq]$|^[a-z]\w*$/.test(text));
  const changes = texts.every((text) =>
    /^-[suq]+$|^(?:globstar|nullglob|failglob|checkwinsize|histappend)$/.test(text),
  );
  return asks || changes ? {} : { unclear: 'This option of the shell is not known to be harmless.' };
};

const nothing: Handler = () => ({});

/** What the shell does itself. */
export const builtins: Readonly<Record<string, Handler>> = {
  cd,
  pushd: cd,
  popd: cd,
  chdir: cd,
  read,
  mapfile: array,
  readarray: array,
  export: declare,
  declare,
  typeset: declare,
  local: declare,
  readonly: declare,
  set: setOptions,
  eval: evaluate,
  source: sourceFile,
  '.': sourceFile,
  trap,
  let: letNumber,
  test,
  '[': test,
  printf,
  unset,
  alias,
  env: environment,
  printenv,
  ':': nothing,
  true: nothing,
  false: nothing,
  echo: nothing,
  exit: nothing,
  return: nothing,
  break: nothing,
  continue: nothing,
  shift: ({ state }) => {
    state.args = undefined;
    return {};
  },
  wait: ({ words }) =>
    words.some((word) => !word.known || /^-\w*p/.test(word.text))
      ? { unclear: 'It sets a variable, whose index can run commands.' }
      : {},
  times: nothing,
  unalias: nothing,
  umask: nothing,
  hash: ({ words }) =>
    words.every((word) => word.known && /^-[lrt]+$|^\w[\w.-]*$/.test(word.text))
      ? {}
      : { unclear: 'It changes which program a name means.' },
  shopt,
  compgen: ({ words }) =>
    words.every((word) => word.known && /^-[abcdkugesj]+$|^\w[\w.-]*$/.test(word.text))
      ? {}
      : { unclear: 'It may run what makes completions.' },
  ulimit: nothing,
  type: nothing,
  dirs: nothing,
  jobs: nothing,
  getopts: (call) => {
    setUnknown(call.words.slice(1, 2), call);
    return {};
  },
};
