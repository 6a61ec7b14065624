import { arithmeticText } from './arithmetic.ts';
import type { Field } from './field.ts';
import { literal, mayBeOption } from './field.ts';
import type { Program, Role } from './program.ts';
import { note } from './state.ts';
import type { Context, Origin, State } from './state.ts';
import { touch } from './touch.ts';

/** A program's table entry with its strings taken apart. */
interface Compiled {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly Role[]>;
  readonly operands: readonly Role[];
  /** Whatever its options turn out to be, it only reads. */
  readonly safe: boolean;
}

const compiled = new WeakMap<Program, Compiled>();

function compile(program: Program): Compiled {
  const known = compiled.get(program);
  if (known) return known;
  const split = (text = ''): readonly string[] => text.split(/\s+/).filter((part) => part !== '');
  const values = new Map<string, readonly Role[]>();
  for (const pair of split(program.values)) {
    const at = pair.lastIndexOf(':');
    values.set(pair.slice(0, at), pair.slice(at + 1).split(',') as readonly Role[]);
  }
  const flags = new Set(split(program.flags));
  const made = {
    flags,
    values,
    safe:
      flags.has('*') &&
      !program.sub &&
      !program.scripts &&
      [...values.values()].flat().every((role) => role === 'text' || role === 'read'),
    operands: split(program.operands ?? 'text') as readonly Role[],
  };
  compiled.set(program, made);
  return made;
}

/** What reading a command's words found out besides effects. */
export interface Reading {
  /** The words from the subcommand's own on, for what goes by the subcommand. */
  readonly program: Program;
  readonly operands: readonly Field[];
  readonly options: ReadonlySet<string>;
  /** What the command it runs in turn gives out. */
  readonly origin?: Origin;
}

/** Reads the words of a command by its table entry and emits what each of them touches. */
export function programEffects(program: Program, words: readonly Field[], state: State, context: Context): Reading {
  const { flags, values, operands: roles, safe } = compile(program);
  const operands: Field[] = [];
  const options = new Set<string>();
  const paths = new Set<Field>();
  const inner = { ...state };
  let index = 0;
  let ended = false;
  for (; index < words.length; index += 1) {
    const word = words[index];
    if (!word) break;
    if (!ended && word.known && word.text === '--') {
      ended = true;
      continue;
    }
    if (!ended && word.text !== '-' && mayBeOption(word) && (!safe || word.text.startsWith('-'))) {
      if (!word.known || word.glob) operands.push(word);
      index += option(word, words.slice(index + 1, index + 3), {
        program,
        flags,
        values,
        options,
        state: inner,
        context,
      });
      continue;
    }
    const role = roles[Math.min(operands.length, roles.length - 1)];
    if (program.sub && operands.length === 0) return subcommand(program, words.slice(index), inner, context);
    if (role === 'command') break;
    if (ended) paths.add(word);
    operands.push(word);
  }
  if (program.sub && operands.length === 0) {
    if (options.size === 0) return { program, operands, options };
    return { program: { ...program, sub: {} }, operands, options };
  }
  const changed = changedRoles(program, options, roles);
  operandEffects(operands, rolesOf(program, operands.length, changed), { paths, state: inner, context });
  if (operands.length === 0 && program.bare)
    touchRole(changed === roles ? program.bare : (changed[0] ?? program.bare), literal('.'), inner, context);
  const rest = words.slice(index);
  const origin = rest.length > 0 ? context.command(rest, inner) : undefined;
  return { program, operands, options, ...(origin ? { origin } : {}) };
}

/** The roles of operands once options had their say; recursion makes every read one of a whole tree. */
function changedRoles(program: Program, options: ReadonlySet<string>, roles: readonly Role[]): readonly Role[] {
  const changes = [...options].map((name) => program.when?.[name]).filter((change) => change !== undefined);
  const deep = changes.some((change) => /\btree$/.test(change) && !change.includes('-'));
  const changed = changes.find((change) => !deep || !/\btree$/.test(change)) ?? changes[0];
  const final = changed === undefined ? roles : (changed.split(/\s+/) as readonly Role[]);
  return deep ? final.map((role) => (role === 'read' ? 'tree' : role)) : final;
}

function subcommand(program: Program, words: readonly Field[], state: State, context: Context): Reading {
  const [name, ...rest] = words;
  const sub = name?.known && !name.glob ? program.sub?.[name.text] : undefined;
  if (sub) return programEffects(sub, rest, state, context);
  const entry: Program = {
    ask: `\`${name?.text ?? ''}\` is not known to be harmless.`,
    ...(program.network ? { network: true } : {}),
    ...(program.outside ? { outside: true } : {}),
  };
  return { program: entry, operands: words, options: new Set() };
}

interface OperandReading {
  /** Words after `--`, which are paths where revisions could stand too. */
  readonly paths: ReadonlySet<Field>;
  readonly state: State;
  readonly context: Context;
}

function operandEffects(
  operands: readonly Field[],
  roles: readonly Role[],
  { paths, state, context }: OperandReading,
): void {
  operands.forEach((operand, at) => {
    const given = roles[Math.min(at, roles.length - 1)];
    const role = given === 'revision' && paths.has(operand) && !operand.text.startsWith(':') ? 'read' : given;
    if (role === undefined) note(context, `\`${operand.text}\` is a word too many`);
    else touchRole(role, operand, state, context);
  });
}

/** One role for each operand: the table's, with the last one's own where it has one. */
function rolesOf({ last }: Program, count: number, roles: readonly Role[]): readonly Role[] {
  if (last === undefined || count < 2) return roles;
  return Array.from({ length: count }, (_, at) =>
    at === count - 1 ? last : (roles[Math.min(at, roles.length - 1)] ?? 'ask'),
  );
}

interface OptionReading {
  readonly program: Program;
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, readonly Role[]>;
  readonly options: Set<string>;
  readonly state: State;
  readonly context: Context;
}

/** Reads one option; returns how many further words it takes. */
function option(word: Field, following: readonly Field[], reading: OptionReading): number {
  const { flags, options, context } = reading;
  const open = flags.has('*');
  // A pattern behind `--name=` can only match files whose names begin the same.
  const named = /^--[\w-]+=/.exec(word.start ?? '')?.[0];
  if (!word.known && named !== undefined && !word.many && word.text.startsWith(named))
    return longOption(word, [], reading);
  if (!word.known || (word.glob && !/^--?[\w-]+=/.test(word.text))) {
    note(context, `\`${word.text}\` may turn out to be an option`);
    return 0;
  }
  if (word.text.startsWith('--') || reading.program.dash === 'long') return longOption(word, following, reading);
  const letters = word.text.slice(1);
  for (let at = 0; at < letters.length; at += 1) {
    const name = `-${letters[at]}`;
    options.add(name);
    const roles = reading.values.get(name);
    if (roles) {
      const rest = letters.slice(at + 1);
      if (rest === '') return takeValues(name, roles, following, reading);
      takeValues(name, roles, [{ ...word, text: rest }], reading);
      return 0;
    }
    if (open || flags.has(name) || (/\d/.test(letters[at] ?? '') && flags.has('-#'))) continue;
    note(context, `the option \`${name}\` is not known to be harmless`);
    return 0;
  }
  if (open && /[/~.]/.test(letters)) touchIfFile({ ...word, text: letters.replace(/^[^/~.]*/, '') }, reading);
  return 0;
}

function longOption(word: Field, following: readonly Field[], reading: OptionReading): number {
  const at = word.text.indexOf('=');
  const given = at < 0 ? word.text : word.text.slice(0, at);
  // Such programs take one dash or two for the same.
  const name =
    reading.program.dash === 'long' && !reading.values.has(given) && !reading.flags.has(given)
      ? given.replace(/^--/, '-')
      : given;
  const value = at < 0 ? undefined : { ...word, text: word.text.slice(at + 1) };
  reading.options.add(name);
  const roles = reading.values.get(name);
  if (roles) {
    const taken = takeValues(name, roles, value ? [value] : following, reading);
    return value ? 0 : taken;
  }
  const attached = reading.values.get(`${name}?`);
  if (attached && value) takeValues(name, attached, [value], reading);
  if (attached || reading.flags.has(name)) return 0;
  if (!reading.flags.has('*')) note(reading.context, `the option \`${name}\` is not known to be harmless`);
  else if (value) touchIfFile(value, reading);
  return 0;
}

/** Reads the values of an option; returns how many words they are. */
function takeValues(
  name: string,
  roles: readonly Role[],
  values: readonly Field[],
  { state, context }: OptionReading,
): number {
  const taken = values.slice(0, roles.length);
  for (const [at, value] of taken.entries()) {
    const role = roles[at] ?? 'ask';
    if (role === 'ask') note(context, `the option \`${name}\` can run a command or write a file`);
    else touchRole(role, value, state, context);
  }
  return taken.length;
}

/** The value of an option that is not in the table, where the program can only read. */
function touchIfFile(value: Field, { state, context }: OptionReading): void {
  if (!value.known || /^[/~.]|\//.test(value.text)) touch('read', value, state, context);
}

const harmlessSetting =
  /^(?:color\.\w+|core\.quotepath|core\.pager=cat|pager\.\w+=(?:false|cat)|user\.(?:name|email)|log\.\w+|diff\.(?:renames|noprefix|mnemonicprefix|algorithm|context|colormoved|renamelimit)|advice\.\w+|safe\.directory|gc\.auto|init\.defaultbranch|status\.\w+|column\.\w+|grep\.\w+|blame\.\w+)(?:=|$)/i;

/** A revision, a path, or a path in a revision. */
function revision(field: Field, state: State, context: Context): void {
  if (!field.known) {
    if ((field.start ?? '') === '' && field.many) note(context, `\`${field.text}\` may turn out to be an option`);
    return;
  }
  const path = field.text.replace(/^:\([\w,:]*\)|^:[!^/]/, '');
  const inside = /^[^:/]*:(.+)$/.exec(path)?.[1];
  if (inside !== undefined) touch('read', { ...field, text: inside.replace(/^\/+/, '') }, state, context);
  else if (/^[/~]|^\.|\/\.|^\.\.\/|\.\w+$/.test(path) && !/\.\.(?!\/|$)/.test(path))
    touch('read', { ...field, text: path }, state, context);
}

function touchRole(role: Role, field: Field, state: State, context: Context): void {
  switch (role) {
    case 'text':
      return;
    case 'output':
      if (field.text !== '-' || !field.known) touch('write', field, state, context);
      return;
    case 'read':
    case 'tree':
    case 'write':
    case 'make':
    case 'delete':
    case 'delete-tree':
    case 'write-tree':
      // Only what is read means a stream by `-`: `tee -` makes a file of that name.
      if (field.text === '-' && field.known && (role === 'read' || role === 'tree')) return;
      touch(role, field, state, context);
      return;
    case 'url':
    case 'host':
      context.emit({ effect: { kind: 'network', url: field.known ? field.text : 'unknown:0' } });
      return;
    case 'shell':
      if (field.known) context.source(field.text, state);
      else note(context, `\`${field.text}\` is run as a shell line but only known when it runs`);
      return;
    case 'folder':
      if (field.known && !field.glob) {
        touch('read', field, state, context);
        state.cwds = field.text.startsWith('/') ? [field.text] : state.cwds?.map((cwd) => `${cwd}/${field.text}`);
      } else note(context, `\`${field.text}\` is a folder that is only known when it runs`);
      return;
    case 'name':
      if (!field.known || !/^[a-zA-Z_]\w*$/.test(field.text)) arithmeticText(`[${field.text}]`, state, context);
      return;
    case 'revision':
      revision(field, state, context);
      return;
    case 'upload':
      if (/^(?:[^=@]*=)?[@<]/.test(field.text))
        touch('read', { ...field, text: field.text.replace(/^[^=]*?=?[@<]/, '').replace(/;.*$/, '') }, state, context);
      return;
    case 'filter':
      if (!field.known) note(context, `the filter \`${field.text}\` is only known when it runs`);
      else if (
        /(?<![.\w"])(?:env|strenv|envsubst|load(?:_\w+)?|system|exec)\b|\$ENV|\$__|\b(?:include|import|modulemeta)\b/.test(
          field.text,
        )
      )
        note(context, 'the filter reads the environment or other files');
      return;
    case 'setting':
      if (!field.known || !harmlessSetting.test(field.text))
        note(context, `the setting \`${field.text}\` can make git run a command`);
      return;
    case 'command':
      context.command([field], state);
      return;
    case 'script':
      note(context, 'code of another language is not understood');
      return;
    case 'ask':
      note(context, `\`${field.text}\` is not known to be harmless`);
      return;
    default:
      role satisfies never;
  }
}
