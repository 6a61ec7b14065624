import { Command } from 'commander';
import { CapstanError, newId } from '@capstan/sdk/contract';
import { withGlobals, type Cli } from '../frame/cli.ts';
import type { ExitCode } from '../frame/exit-code.ts';
import { askLine } from '../run/ask-line.ts';
import { failureTask } from '../run/failure-task.ts';
import { openRun } from '../run/open-run.ts';
import { planRun } from '../run/plan-run.ts';
import { withRunOptions, type RunFlags } from '../run/run-settings.ts';
import { startRun } from '../run/start-run.ts';
import { textHints } from '../run/tests/test-hints.ts';
import { runWrapped, type Wrapped } from '../run/run-wrapped.ts';

const help = `
Examples:
  capstan wrap -- npm test
  capstan wrap --auto --budget-usd 0.50 -- cargo build
The exit code is the command's own: that of its last run.`;

/** `capstan wrap`: runs a command untouched; when it fails, an agent may mend what broke. */
export function command(cli: Cli): Command {
  const wrap = withRunOptions(new Command('wrap'))
    .description('Run a command; when it fails, offer to fix what broke')
    .argument('<command...>', 'the command and its words, after "--"')
    .option('--auto', 'fix without asking, and run the command again')
    .option('--tries <count>', 'most fixes in a row', '3')
    .addHelpText('after', help)
    .passThroughOptions();
  return withGlobals(wrap).action(async (words: string[], flags: RunFlags & { auto?: boolean; tries: string }) => {
    const tries = Number(flags.tries);
    if (!Number.isSafeInteger(tries) || tries < 1)
      throw new CapstanError('invalid_config', `--tries takes a whole number above 0, not "${flags.tries}".`);
    if (flags.dryRun) {
      const task = `Run \`${words.join(' ')}\`; where it fails, mend what broke.`;
      return cli.finish('wrap', await planRun(cli, wrap, { task }));
    }
    const quiet = flags.json === true || cli.globals.json === true;
    let last = await runWrapped(words, cli.io, { quiet });
    const fixes: unknown[] = [];
    while (last.exit !== 0 && last.signal === undefined && fixes.length < tries && (await wanted(cli, last, flags))) {
      const { payload, failed } = await fix(cli, wrap, { words, last });
      fixes.push(payload);
      if (failed) break;
      last = await runWrapped(words, cli.io, { quiet });
    }
    const outcome = { command: words, exit: last.exit, signal: last.signal ?? null, fixes, output: last.tail };
    cli.finish('wrap', { payload: outcome, exit: last.exit as ExitCode });
  });
}

async function wanted(
  cli: Cli,
  { exit }: Wrapped,
  { auto, yes }: { readonly auto?: boolean; readonly yes?: boolean },
): Promise<boolean> {
  if (auto || yes) return true;
  if (cli.io.input !== 'terminal' || !cli.io.errIsTerminal) {
    await cli.io.err(`capstan: the command ended with ${exit}. Give --auto to have it fixed.\n`);
    return false;
  }
  const answer = await askLine(cli.io, cli.io.err, `\ncapstan: the command ended with ${exit}. Fix it? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

interface Fix {
  readonly payload: unknown;
  /** True when the run did not come to its end or changed nothing. */
  readonly failed: boolean;
}

async function fix(
  cli: Cli,
  wrap: Command,
  { words, last }: { words: readonly string[]; last: Wrapped },
): Promise<Fix> {
  const setup = await openRun(cli, wrap);
  try {
    const task = await taskOf(setup.worktree.root, words, last);
    const { outcome, report } = await startRun({
      ...setup,
      start: (agent, options) => agent.run(task, { sessionId: newId(), ...options }),
    });
    if (setup.settings.output === 'text' && outcome.text) await cli.io.out(outcome.text);
    return { payload: outcome.payload, failed: report.ending.exit !== 0 || report.result.patches.length === 0 };
  } finally {
    await setup.store.close();
  }
}

async function taskOf(root: string, words: readonly string[], { exit, tail }: Wrapped): Promise<string> {
  const command = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
  return failureTask({ command, exit, hints: await textHints(root, tail), tail });
}
