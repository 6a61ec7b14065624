import { colourOf, type Cli, type GlobalOptions } from '../frame/cli.ts';
import type { Envelope, Outcome } from '../frame/envelope.ts';
import type { ExitCode } from '../frame/exit-code.ts';
import { failureOf, type Failure } from '../frame/failure.ts';
import type { Io } from '../frame/io.ts';
import { version } from '../version.ts';
import { program } from './program.ts';
import { commands } from './table.ts';

interface Finished {
  readonly cmd: string;
  readonly outcome: Outcome;
}

/** Runs one command line from its words to its exit code. Never throws for what a user can get wrong. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const started = io.clock();
  const flags = flagsOf(argv);
  const finished: Finished[] = [];
  const names: string[] = [];
  const cli: Cli = {
    io,
    argv,
    version: version(),
    commands,
    globals: {},
    began: (cmd) => names.push(cmd),
    finish: (cmd, outcome) => finished.push({ cmd, outcome }),
  };
  const print = async (cmd: string, outcome: Outcome): Promise<ExitCode> => {
    const exit = outcome.exit ?? 0;
    if (flags.json === true) await io.out(`${JSON.stringify(envelope(cmd, outcome, exit))}\n`);
    else if (outcome.text) await io.out(outcome.text.endsWith('\n') ? outcome.text : `${outcome.text}\n`);
    return exit;
  };
  const envelope = (cmd: string, { payload, meta }: Outcome, exit: ExitCode): Envelope => ({
    ok: exit === 0,
    cmd,
    version: cli.version,
    duration_ms: Math.round(io.clock() - started),
    payload,
    meta: { ...meta, exit },
  });
  try {
    await program(cli).parseAsync(asTask(argv, io), { from: 'user' });
    const [done] = finished;
    return done ? await print(done.cmd, done.outcome) : 0;
  } catch (thrown) {
    if (isHelp(thrown)) return 0;
    const failure = failureOf(thrown);
    if (flags.json === true)
      return print(names.at(-1) ?? '', { payload: { error: failure.error }, exit: failure.exit });
    if (argv.includes('--stream-json')) await io.out(`${JSON.stringify({ type: 'error', error: failure.error })}\n`);
    await io.err(failureText(failure, cli, flags));
    return failure.exit;
  }
}

/** What the frame itself needs to know even of a line that does not parse. Words after `--` are not ours. */
function flagsOf(argv: readonly string[]): GlobalOptions {
  const end = argv.indexOf('--');
  const ours = end === -1 ? argv : argv.slice(0, end);
  return { json: ours.includes('--json'), color: !ours.includes('--no-color') };
}

/**
 * Puts the command's name into a line that has none: `capstan "do this"` and `capstan --mode suggest` talk in the
 * terminal where there is one, else a task is simply run. No command has a blank in its name, so a task is told by it.
 */
function asTask(argv: readonly string[], io: Io): string[] {
  const line = argv.filter((word) => word !== '--no-ui');
  const words = line.filter((word) => !word.startsWith('-'));
  const named = words.some((word) => commands.some(({ name }) => name === word)) || words[0] === 'help';
  const task = words.some((word) => /\s/.test(word.trim()));
  const asksHelp = line.some((word) => ['-h', '--help', '-V', '--version'].includes(word));
  if (named || asksHelp || (words.length > 0 && !task && line[0] === words[0])) return line;
  const terminal = io.input === 'terminal' && io.outIsTerminal && !line.includes('--json');
  const ui = line.length === argv.length;
  if (terminal && ui) return ['ui', ...line];
  if (terminal && !task) return ['ui', '--plain', ...line];
  return task ? ['run', ...line] : line;
}

function isHelp(thrown: unknown): boolean {
  const codes = ['commander.helpDisplayed', 'commander.help', 'commander.version'];
  if (!(thrown instanceof Error) || !('code' in thrown)) return false;
  return codes.includes(String(thrown.code)) && (!('exitCode' in thrown) || thrown.exitCode === 0);
}

function failureText({ error, stack }: Failure, cli: Cli, flags: GlobalOptions): string {
  const colour = colourOf(cli, flags, 'err');
  if (error.code !== 'internal') return `${colour.red('capstan:')} ${error.message}\n`;
  const debug = (cli.io.env['CAPSTAN_DEBUG'] ?? '') !== '';
  const trace = debug && stack ? stack : 'This is a fault of capstan itself. Set CAPSTAN_DEBUG=1 to see where.';
  return `${colour.red('capstan:')} ${error.message}\n${trace}\n`;
}
