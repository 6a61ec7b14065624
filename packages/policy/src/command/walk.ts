import type {
  AndOr,
  Command,
  CommandNode,
  CompoundList,
  For,
  Function as FunctionNode,
  ParsedScript,
  Pipeline,
  PipelineNode,
  Redirection,
  Statement,
  While,
  Word,
} from 'unbash';
import { arithmetic, arithmeticText } from './arithmetic.ts';
import { checkAssignment, isShellVariable } from './environment.ts';
import { unknownField } from './field.ts';
import type { Field } from './field.ts';
import { redirect } from './redirect.ts';
import { simpleCommand } from './simple-command.ts';
import { copy, join, joinFolders, note, sameState } from './state.ts';
import type { Context, Origin, State } from './state.ts';
import { walkTest } from './walk-test.ts';
import { expandWhole, expandWord, expandWords } from './words.ts';

const MAX_ROUNDS = 4;
const MAX_UNROLLED = 16;

/** Takes a parsed script apart in a state, which it leaves as the shell would. */
export function walkScript(script: ParsedScript | undefined, state: State, context: Context): Origin {
  if (!script) {
    note(context, 'a part of the line is not understood');
    return {};
  }
  const [error] = script.errors ?? [];
  if (error) note(context, `the line is not understood: ${error.message}`);
  return walkList(script.commands, state, context);
}

function walkList(statements: readonly Statement[], state: State, context: Context): Origin {
  let origin: Origin = {};
  for (const { command, background } of statements) {
    if (context.exhausted()) return origin;
    const { cwds: before, last } = state;
    const result = walkNode(command, background ? copy(state) : state, context);
    // A folder that is not there leaves the shell where it was.
    if (!background && !state.strict && before !== state.cwds) {
      state.cwds = joinFolders(state.cwds, before);
      state.last = joinFolders(state.last, last);
    }
    origin = statements.length === 1 ? result : merged(origin, result);
  }
  return origin;
}

function merged(a: Origin, b: Origin): Origin {
  const paths = a.paths && b.paths ? [...a.paths, ...b.paths] : undefined;
  return { ...(a.remote || b.remote ? { remote: true } : {}), ...(paths ? { paths } : {}) };
}

function walkNode(node: PipelineNode | AndOr, state: State, context: Context): Origin {
  if (node.type === 'AndOr') return walkAndOr(node, state, context);
  if (node.type === 'Pipeline') return walkPipeline(node, state, context);
  return walkCommand(node, state, context);
}

function walkAndOr(node: AndOr, state: State, context: Context): Origin {
  const left: State[] = [];
  let origin: Origin = {};
  node.commands.forEach((command, at) => {
    const operator = node.operators[at - 1];
    if (operator === '||') for (const other of left.splice(0)) join(state, other);
    const before = copy(state);
    const result = walkNode(command, state, context);
    origin = at === 0 ? result : merged(origin, result);
    const failed = copy(state);
    failed.last = joinFolders(failed.last, before.last);
    failed.cwds =
      state.cwds === before.cwds ? state.cwds : joinFolders(before.cwds, isChange(command) ? before.cwds : state.cwds);
    if (operator === '||') {
      if (leaves(command)) Object.assign(state, { cwds: before.cwds, last: before.last });
      else join(state, before);
    }
    if (!leaves(command)) left.push(failed);
    // `cd x || exit`: whoever comes past it is in x.
    if (node.operators[at] === '||' && isChange(command) && leaves(node.commands[at + 1])) left.pop();
  });
  if (!state.strict) for (const other of left) join(state, other);
  return origin;
}

function isChange(node: PipelineNode): boolean {
  return node.type === 'Command' && node.name?.value === 'cd';
}

function leaves(node: PipelineNode | undefined): boolean {
  if (node?.type === 'Command') return /^(?:exit|return)$/.test(node.name?.value ?? '');
  const last = node?.type === 'BraceGroup' ? node.body.commands.at(-1)?.command : undefined;
  return last !== undefined && last.type === 'Command' && leaves(last);
}

function walkPipeline(node: Pipeline, state: State, context: Context): Origin {
  if (node.commands.length === 1 && node.commands[0]) return walkCommand(node.commands[0], state, context);
  let origin: Origin = {};
  node.commands.forEach((command, at) => {
    if (context.exhausted()) return;
    origin = walkCommand(command, { ...copy(state), ...(at > 0 ? { stdin: origin } : {}) }, context);
  });
  return origin;
}

function walkBody(list: CompoundList, state: State, context: Context): Origin {
  return walkList(list.commands, state, context);
}

function walkCommand(node: CommandNode, state: State, context: Context): Origin {
  switch (node.type) {
    case 'Command':
      return walkSimple(node, state, context);
    case 'Redirected': {
      const stdin = redirects(node.redirects, state, context);
      const inner = { ...state, ...(stdin ? { stdin } : {}) };
      const origin = walkCommand(node.command, inner, context);
      Object.assign(state, { cwds: inner.cwds, last: inner.last });
      return origin;
    }
    case 'Subshell':
      return walkBody(node.body, copy(state), context);
    case 'BraceGroup':
      return walkBody(node.body, state, context);
    case 'If': {
      let origin = walkBody(node.clause, state, context);
      const ways = [copy(state)];
      origin = merged(origin, branch(node.then, ways, state, context));
      for (const other of node.elif) {
        walkBody(other.clause, state, context);
        origin = merged(origin, branch(other.then, ways, state, context));
      }
      if (node.else) branch(node.else, ways, state, context);
      for (const way of ways) join(state, way);
      return origin;
    }
    case 'For':
      return walkFor(node, state, context);
    case 'Select':
      state.vars.set(node.name.value, unknownField('$' + node.name.value, { many: true }));
      expandWords(node.wordlist ?? [], state, context);
      return rounds(state, context, () => walkBody(node.body, state, context));
    case 'While':
      return walkWhile(node, state, context);
    case 'ArithmeticFor':
      arithmetic(node.initialize, state, context);
      return rounds(state, context, () => {
        arithmetic(node.test, state, context);
        const origin = walkBody(node.body, state, context);
        arithmetic(node.update, state, context);
        return origin;
      });
    case 'ArithmeticCommand':
      if (!node.expression && /[^\s\d]/.test(node.body)) note(context, `\`((${node.body}))\` is not understood`);
      arithmetic(node.expression, state, context);
      return {};
    case 'Case': {
      expandWhole(node.word, state, context);
      const ways: State[] = [];
      for (const item of node.items) {
        for (const pattern of item.pattern) expandWhole(pattern, state, context);
        branch(item.body, ways, state, context);
      }
      for (const way of ways) join(state, way);
      return {};
    }
    case 'TestCommand':
      walkTest(node.expression, state, context);
      return {};
    case 'Function':
      state.functions.set(node.name.value, node);
      return {};
    case 'Coproc':
      if (node.body.type === 'CompoundList') return walkBody(node.body, copy(state), context);
      return walkCommand(node.body, copy(state), context);
    default:
      return node satisfies never;
  }
}

function catastrophe(command: string, why: string, state: State, context: Context): void {
  const cwd = state.cwds?.[0] ?? context.roots[0] ?? '/';
  context.emit({ effect: { kind: 'run', command, cwd }, classes: ['@catastrophic'], why });
}

function branch(list: CompoundList, ways: State[], state: State, context: Context): Origin {
  const way = copy(state);
  const origin = walkBody(list, way, context);
  ways.push(way);
  return origin;
}

function walkFor(node: For, state: State, context: Context): Origin {
  const name = node.name.value;
  const values = node.wordlist
    ? expandWords(node.wordlist, state, context)
    : (state.args ?? [unknownField('$@', { many: true })]);
  if (isShellVariable(name)) note(context, `setting \`${name}\` changes how the shell works`);
  if (values.length > MAX_UNROLLED || values.some((value) => !value.known)) {
    const remote = values.some((value) => value.remote);
    return rounds(state, context, () => {
      state.vars.set(name, unknownField('$' + name, { many: true, remote }));
      return walkBody(node.body, state, context);
    });
  }
  let origin: Origin | undefined;
  for (const { many: _many, ...value } of values) {
    const before = copy(state);
    state.vars.set(name, value);
    const result = walkBody(node.body, state, context);
    origin = origin ? merged(origin, result) : result;
    join(state, before);
  }
  return origin ?? {};
}

function walkWhile(node: While, state: State, context: Context): Origin {
  const [first] = node.clause.commands;
  const endless =
    node.clause.commands.length === 1 &&
    first?.command.type === 'Command' &&
    /^(?::|true)$/.test(first.command.name?.value ?? '');
  if (endless && node.body.commands.some((statement) => statement.background)) {
    catastrophe('while true; do … & done', 'It starts processes without end.', state, context);
  }
  return rounds(state, context, () => {
    walkBody(node.clause, state, context);
    return walkBody(node.body, state, context);
  });
}

/** Goes through a loop until nothing new is learnt; what still changes then is not known. */
function rounds(state: State, context: Context, once: () => Origin): Origin {
  let origin: Origin = {};
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = copy(state);
    const result = once();
    origin = round === 0 ? result : merged(origin, result);
    join(state, before);
    if (sameState(state, before)) return origin;
  }
  for (const [name] of state.vars) state.vars.set(name, unknownField('$' + name, { many: true }));
  Object.assign(state, { cwds: undefined, last: undefined });
  once();
  return origin;
}

function redirects(list: readonly Redirection[], state: State, context: Context): State['stdin'] | undefined {
  let stdin: State['stdin'] | undefined;
  for (const item of list) stdin = redirect(item, state, context) ?? stdin;
  return stdin;
}

function walkSimple(node: Command, state: State, context: Context): Origin {
  const words: Field[] = [];
  if (node.name) words.push(...expandWord(node.name, state, context));
  for (const part of node.suffix) {
    if (part.type === 'Word') words.push(...expandWord(part, state, context));
    else if (part.type === 'Assignment')
      words.push(assignmentWord(part.text, part.name, part.value, { state, context }));
  }
  for (const part of node.prefix) {
    if (part.type !== 'Assignment') continue;
    if (part.index && !/^\d+$/.test(part.index.text))
      note(context, `the index of \`${part.text}\` is evaluated, which can run commands`);
    const value = valueOf(part.value, state, context);
    // The blanks that `read` splits at mean nothing to any other command.
    const splits = part.name === 'IFS' && words[0]?.known === true && words[0].text === 'read';
    if (!splits) checkAssignment(part.name, value, context);
    if (words.length > 0) continue;
    const unclear = part.append ?? (part.index !== undefined || part.value.type === 'ArrayValue');
    state.vars.set(
      part.name,
      unclear ? unknownField(`$${part.name}`, { many: true, remote: Boolean(value.remote) }) : value,
    );
  }
  const stdin = redirects(node.redirects, state, context);
  const remote = node.redirects.some(
    (part) => part.type === 'Redirect' && /^["']?\/dev\/(?:tcp|udp)\//.test(part.target?.text ?? ''),
  );
  if (remote && /sh$/.test(words[0]?.text ?? '')) {
    catastrophe(
      words.map((word) => word.text).join(' '),
      'It would give a shell to whoever is at the other end.',
      state,
      context,
    );
  }
  if (words.length === 0) return {};
  const inner = stdin ? { ...state, stdin } : state;
  const origin = callCommand(words, inner, context);
  if (stdin) {
    Object.assign(state, { cwds: inner.cwds, last: inner.last, args: inner.args });
  }
  return outputOf(node, origin);
}

function valueOf(
  value: Word | { readonly type: 'ArrayValue'; readonly elements: readonly Word[] },
  state: State,
  context: Context,
): Field {
  if (value.type === 'Word') {
    const field = expandWhole(value, state, context);
    return /:~/.test(value.text) ? unknownField(value.text) : field;
  }
  for (const { text } of value.elements) {
    const index = /^\[(.*?)\]\+?=/s.exec(text)?.[1];
    if (index !== undefined) arithmeticText(index, state, context);
  }
  const fields = expandWords(value.elements, state, context);
  return unknownField('()', { many: true, remote: fields.some((field) => field.remote) });
}

function assignmentWord(
  text: string,
  name: string,
  value: Word | { readonly type: 'ArrayValue'; readonly elements: readonly Word[] },
  { state, context }: { readonly state: State; readonly context: Context },
): Field {
  const field = valueOf(value, state, context);
  if (!field.known) return unknownField(text, { start: `${name}=`, remote: Boolean(field.remote) });
  return { ...field, text: `${text.slice(0, text.indexOf('=') + 1)}${field.text}` };
}

/** What goes into a file does not go down the pipe. */
function outputOf(node: Command, origin: Origin): Origin {
  const away = node.redirects.some(
    (part) =>
      part.type === 'Redirect' &&
      /^(?:>|>>|>\||&>|&>>)$/.test(part.operator) &&
      (part.descriptor?.type !== 'FileDescriptor' || part.descriptor.value === 1),
  );
  return away && !origin.remote ? {} : origin;
}

function callCommand(words: readonly Field[], state: State, context: Context): Origin {
  const [head, ...rest] = words;
  const body = head?.known ? state.functions.get(head.text) : undefined;
  if (body === 'unsure') {
    note(context, `\`${head?.text ?? ''}\` may or may not be a function here`);
    return {};
  }
  return body ? callFunction(body, rest, state, context) : simpleCommand(words, state, context);
}

function callFunction(node: FunctionNode, args: readonly Field[], state: State, context: Context): Origin {
  const saved = state.args;
  const before = copy(state);
  state.args = args;
  // While its body runs, a function that calls itself is not gone into again.
  state.functions.delete(node.name.value);
  const calls: Context = {
    ...context,
    emit: (item) => {
      if (
        item.effect.kind === 'run' &&
        (item.effect.command === node.name.value || item.effect.command.startsWith(`${node.name.value} `))
      ) {
        context.emit({
          ...item,
          classes: ['@catastrophic'],
          why: 'A function that calls itself without end starts processes until none are left.',
        });
      } else context.emit(item);
    },
  };
  const { body } = node;
  const origin = body.type === 'CompoundList' ? walkBody(body, state, calls) : walkCommand(body, state, calls);
  state.args = saved;
  before.functions.delete(node.name.value);
  join(state, { ...before, args: saved });
  state.functions.set(node.name.value, node);
  return origin;
}
