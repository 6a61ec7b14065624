import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { ExitCode } from '../frame/exit-code.ts';
import { homeOf, rootOf } from '../project/open-project.ts';
import { sandboxLevels, sandboxOptions } from '../run/sandbox-options.ts';

const help = `
Examples:
  capstan sandbox run -- npm test
  capstan sandbox run --level read-only -- ./untrusted.sh
  capstan sandbox run --network -- npm install

.git, .capstan and .env stay read-only, credentials of your home folder are hidden, and nothing outside the repository
can be written. Where no sandbox holds, nothing is run. The exit code is the command's own.`;

/** `capstan sandbox`: commands that can harm nothing outside the repository. */
export function command(cli: Cli): Command {
  const sandbox = new Command('sandbox')
    .description('Run commands confined to the repository')
    .enablePositionalOptions();
  sandbox.addCommand(runCommand(cli));
  return sandbox;
}

function runCommand(cli: Cli): Command {
  const run = withGlobals(new Command('run'))
    .description('Run a command confined; closed when no sandbox can be had')
    .argument('<command...>', 'the command and its words, after "--"')
    .option('--level <level>', sandboxLevels.join(', '), 'workspace-write')
    .option('--network', 'let it reach the network')
    .passThroughOptions()
    .addHelpText('after', help);
  return run.action(async (words: string[], { level, network }: { level: string; network?: boolean }) => {
    const [program, ...args] = words;
    if (program === undefined)
      throw new CapstanError('invalid_config', 'Say which command to run.', { where: 'sandbox run' });
    const globals = globalsOf(cli, run);
    const root = rootOf(cli, globals);
    const options = sandboxOptions({ sandbox: level, network: network === true });
    const { openSandbox } = await import('@capstan/tools');
    const sandbox = await openSandbox(root, { level: 'none', ...options, home: homeOf(cli) });
    const entry = sandbox.enter(root);
    try {
      const exit = await confined([program, ...args], { entry, root, cli, quiet: globals.json === true });
      const { engine } = sandbox;
      cli.finish('sandbox run', {
        payload: { command: words, level, network: network === true, engine, exit },
        exit: exit as ExitCode,
      });
    } finally {
      entry.leave();
      sandbox.close();
    }
  });
}

/** What a confined command is started with; the part of the sandbox's own type that is used here. */
interface Entry {
  readonly wrap: (argv: readonly [string, ...string[]]) => [string, ...string[]];
  readonly files: readonly number[];
  readonly env: Readonly<Record<string, string>>;
}

interface Confinement {
  readonly entry: Entry;
  readonly root: string;
  readonly cli: Cli;
  /** Keeps what the command prints off stdout, where an envelope will stand. */
  readonly quiet: boolean;
}

function confined(argv: [string, ...string[]], { entry, root, cli, quiet }: Confinement): Promise<number> {
  const [program, ...args] = entry.wrap(argv);
  const child = spawn(program, args, {
    cwd: root,
    env: { ...cli.io.env, ...entry.env },
    // The sandbox's own files come after the three of every program and one that the tools keep.
    stdio: ['inherit', quiet ? 2 : 'inherit', 'inherit', 'ignore', ...entry.files],
  });
  const release = cli.io.onInterrupt((interrupt) => child.kill(interrupt));
  return new Promise((settle, fail) => {
    child.once('error', (cause) => {
      release();
      fail(new CapstanError('not_found', `${program} cannot be run: ${cause.message}.`, { where: program }, { cause }));
    });
    child.once('exit', (code, signal) => {
      release();
      settle(signal ? 128 + constants.signals[signal] : (code ?? 1));
    });
  });
}
