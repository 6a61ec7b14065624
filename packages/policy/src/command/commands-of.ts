import { parse } from 'unbash';
import type { RunEffect } from '../effect/effect.ts';
import { literal } from './field.ts';
import type { Field } from './field.ts';
import type { Program } from './program.ts';
import { simpleCommand } from './simple-command.ts';
import { note } from './state.ts';
import type { CommandEffect, Context, Origin, State } from './state.ts';
import { programNamed } from './table/programs.ts';
import { walkScript } from './walk.ts';

export type { CommandEffect } from './state.ts';

/** What taking a command line apart may know of the machine. */
export interface CommandOptions {
  /** Absolute folders the agent works in. */
  readonly roots: readonly string[];
  /** The user's home folder. Default `/home/~`, a stand-in that lies outside of every root. */
  readonly home?: string;
  /** Programs besides the well-known ones, by name. */
  readonly programs?: Readonly<Record<string, Program>>;
}

const MAX_LENGTH = 65_536;
const MAX_EFFECTS = 2_000;
const MAX_DEPTH = 24;
const MAX_COMMANDS = 2_000;

/**
 * Takes a command line apart, as bash would read it, into the commands it runs and what each of them touches.
 *
 * What cannot be told beforehand becomes an `unknown` effect. Pure.
 */
export function commandsOf(
  run: RunEffect,
  { roots, home = '/home/~', programs = {} }: CommandOptions,
): readonly CommandEffect[] {
  const effects: CommandEffect[] = [];
  const seen = new Set<string>();
  let depth = 0;
  let commands = 0;
  const context: Context = {
    roots,
    home,
    program: (name) => (Object.hasOwn(programs, name) ? programs[name] : programNamed(name)),
    emit: (item) => {
      const key = JSON.stringify(item);
      if (seen.has(key) || effects.length >= MAX_EFFECTS) return;
      seen.add(key);
      effects.push(item);
      if (effects.length === MAX_EFFECTS)
        effects.push({ effect: { kind: 'unknown', note: 'the line does too many things' } });
    },
    exhausted: () => {
      commands += 1;
      if (commands === MAX_COMMANDS) note(context, 'the line runs too many commands');
      return commands >= MAX_COMMANDS;
    },
    source: (code, state) => deeper(() => walkScript(parse(code), state, context)),
    script: (script, state) => deeper(() => walkScript(script, state, context)),
    command: (words, state) => deeper(() => simpleCommand(words, state, context)),
  };
  function takeApart(): void {
    try {
      context.source(run.command, state);
    } catch (error) {
      // A line can be nested deeper than the stack; what was not understood is never allowed.
      if (!(error instanceof RangeError)) throw error;
      note(context, 'the line is nested too deeply');
    }
  }
  function deeper(once: () => Origin): Origin {
    if (depth >= MAX_DEPTH) {
      note(context, 'the line is nested too deeply');
      return {};
    }
    depth += 1;
    const origin = once();
    depth -= 1;
    return origin;
  }
  const state: State = {
    cwds: [run.cwd],
    vars: new Map(),
    functions: new Map(),
    args: undefined,
    stdin: {},
    strict: false,
  };
  if (run.argv)
    context.command(
      run.argv.map((word): Field => literal(word)),
      state,
    );
  else if (run.command.length > MAX_LENGTH || run.command.includes('\0'))
    note(context, 'the line is too long or holds a NUL');
  else {
    // The shell joins such lines before it reads signs, so `$`, a new line and `{` are `${` to it.
    if (/[^\s\w"'./\\-]\\\n\S/.test(run.command)) note(context, 'a sign is split over two lines');
    takeApart();
  }
  return effects;
}
