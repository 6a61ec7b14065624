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
    await program(cli).parseAsync(asTask(argv), { from: 'user' });
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

/** `capstan "do this"` is `capstan run "do this"`: no command has a blank in its name. */
function asTask(argv: readonly string[]): string[] {
  const at = argv.findIndex((word) => !word.startsWith('-'));
  const first = at === -1 ? undefined : argv[at];
  const task = first !== undefined && /\s/.test(first.trim()) && argv[at - 1] !== '--cwd';
  return task ? [...argv.slice(0, at), 'run', ...argv.slice(at)] : [...argv];
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
