import type { Command } from 'commander';
import { createColour, type Colour } from '../render/colour.ts';
import type { Outcome } from './envelope.ts';
import type { Io } from './io.ts';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  /** Prints one envelope instead of text. */
  readonly json?: boolean;
  /** The folder to work in, taken as the root of the work tree. */
  readonly cwd?: string;
  /** `false` with `--no-color`. */
  readonly color?: boolean;
}

/** What a command's action works with. */
export interface Cli {
  readonly io: Io;
  readonly version: string;
  /** The whole line after the program's name. */
  readonly argv: readonly string[];
  /** Every command there is. */
  readonly commands: readonly CommandEntry[];
  /** Options given before the command's name. */
  readonly globals: GlobalOptions;
  /** Names the command as soon as it is known, for an envelope that tells of a failure. */
  readonly began: (cmd: string) => void;
  /** Hands over what the command gives; the frame prints it. */
  readonly finish: (cmd: string, outcome: Outcome) => void;
}

/** A command as the program knows it before it is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Heading of the help it stands under. */
  readonly group: string;
  readonly load: () => Promise<CommandModule>;
}

/** What the file of a command gives. */
export interface CommandModule {
  readonly command: (cli: Cli) => Command;
}

/** Adds the options that every command takes. */
export function withGlobals(command: Command): Command {
  return command
    .option('--json', 'print one JSON envelope')
    .option('--cwd <dir>', 'folder to work in (default: the repository around this one)')
    .option('--no-color', 'plain text without colours');
}

/** Puts together the options from before and after the command's name. */
export function globalsOf(cli: Cli, command: Command): GlobalOptions {
  const local = command.optsWithGlobals<GlobalOptions>();
  const color = cli.globals.color !== false && local.color !== false;
  const cwd = local.cwd ?? cli.globals.cwd;
  return { json: local.json ?? cli.globals.json ?? false, color, ...(cwd === undefined ? {} : { cwd }) };
}

/** Chooses whether text carries colours: `--no-color`, `NO_COLOR`, `FORCE_COLOR`, else whether a terminal shows it. */
export function colourOf({ io }: Pick<Cli, 'io'>, globals: GlobalOptions, stream: 'out' | 'err' = 'out'): Colour {
  const { env } = io;
  if (globals.color === false || globals.json === true || (env['NO_COLOR'] ?? '') !== '') return createColour(false);
  if ((env['FORCE_COLOR'] ?? '') !== '') return createColour(env['FORCE_COLOR'] !== '0');
  return createColour((stream === 'out' ? io.outIsTerminal : io.errIsTerminal) && env['TERM'] !== 'dumb');
}
