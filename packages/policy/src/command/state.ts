import type { Function as FunctionNode, ParsedScript } from 'unbash';
import type { CommandClass } from './command-class.ts';
import type { Field } from './field.ts';
import type { Program } from './program.ts';
import type { Effect } from '../effect/effect.ts';

/** An effect of a command line, with what the command is known to be. */
export interface CommandEffect {
  readonly effect: Effect;
  readonly classes?: readonly CommandClass[];
  /** What is wrong with this effect in particular, in words. */
  readonly why?: string;
  /** The command behind this effect is catastrophic. */
  readonly harm?: string;
}

/** What is known of a stream between commands. */
export interface Origin {
  /** Its lines are paths that match these absolute patterns. */
  readonly paths?: readonly string[];
  /** It holds what came from the network. */
  readonly remote?: boolean;
  /** It is one line that is known, or digits. */
  readonly field?: Field;
}

/** What a shell knows at one point of a script. */
export interface State {
  /** Folders it may be in; `undefined`: any. */
  cwds: readonly string[] | undefined;
  /** Folders that `cd -` may lead to; `undefined`: any. */
  last?: readonly string[] | undefined;
  readonly vars: Map<string, Field>;
  readonly functions: Map<string, FunctionNode | 'unsure'>;
  /** `$1` and on; `undefined`: not known. */
  args: readonly Field[] | undefined;
  stdin: Origin & { readonly code?: string };
  /** `set -e` is on: a failing `cd` ends the script. */
  strict: boolean;
}

/** What taking a line apart needs to know and where it puts what it finds. */
export interface Context {
  readonly roots: readonly string[];
  /** The user's home folder. */
  readonly home: string;
  readonly program: (name: string) => Program | undefined;
  readonly emit: (effect: CommandEffect) => void;
  /** Counts one more command; says that there were too many, which is an effect that is not known. */
  readonly exhausted: () => boolean;
  /** Takes shell code apart in a state. */
  readonly source: (code: string, state: State) => Origin;
  readonly script: (script: ParsedScript | undefined, state: State) => Origin;
  /** Takes a command apart whose words are expanded. */
  readonly command: (words: readonly Field[], state: State) => Origin;
}

/** Says that something is not understood. */
export function note(context: Context, words: string): void {
  context.emit({ effect: { kind: 'unknown', note: words } });
}

/** A state of its own for a subshell. */
export function copy(state: State): State {
  return { ...state, vars: new Map(state.vars), functions: new Map(state.functions) };
}

/** Takes over what is sure in both of two states. */
export function join(into: State, other: State): void {
  for (const name of new Set([...into.vars.keys(), ...other.vars.keys()])) {
    into.vars.set(name, joinFields(into.vars.get(name), other.vars.get(name)));
  }
  for (const name of new Set([...into.functions.keys(), ...other.functions.keys()])) {
    if (into.functions.get(name) !== other.functions.get(name)) into.functions.set(name, 'unsure');
  }
  into.cwds = joinFolders(into.cwds, other.cwds);
  into.last = joinFolders(into.last, other.last);
  if (into.args !== other.args) into.args = undefined;
  into.strict &&= other.strict;
}

/** The folders of both; `undefined` where it is not worth telling them apart. */
export function joinFolders(a: State['cwds'], b: State['cwds']): State['cwds'] {
  if (!a || !b || a === b) return a && b ? a : undefined;
  const all = [...new Set([...a, ...b])];
  return all.length > 6 ? undefined : all;
}

function joinFields(a: Field | undefined, b: Field | undefined): Field {
  if (a && b && sameField(a, b)) return a;
  if ((!a || isNumber(a)) && (!b || isNumber(b))) return { text: '0', known: true, number: true };
  return { text: '', known: false, many: true, remote: Boolean(a?.remote ?? b?.remote) };
}

/** Tells whether a value is sure to be a whole number. */
export function isNumber(field: Field): boolean {
  return field.known && !field.glob && /^-?\d*$/.test(field.text);
}

function sameField(a: Field, b: Field): boolean {
  return (
    a.text === b.text &&
    a.known === b.known &&
    a.glob === b.glob &&
    a.many === b.many &&
    a.start === b.start &&
    a.number === b.number &&
    a.remote === b.remote
  );
}

/** Tells whether two states know the same. */
export function sameState(a: State, b: State): boolean {
  if (a.vars.size !== b.vars.size || a.functions.size !== b.functions.size || a.args !== b.args) return false;
  if (a.cwds?.join('\0') !== b.cwds?.join('\0') || a.last?.join('\0') !== b.last?.join('\0')) return false;
  for (const [name, field] of a.vars) {
    const other = b.vars.get(name);
    if (!other || !sameField(field, other)) return false;
  }
  return [...a.functions].every(([name, body]) => b.functions.get(name) === body);
}
