import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import { withGlobals, type Cli } from '../frame/cli.ts';
import { git } from '../run/git.ts';
import { withRunOptions } from '../run/run-settings.ts';
import { runTask } from '../run/run-task.ts';

const help = `
Examples:
  capstan review                 what is changed and not yet committed
  capstan review --staged        what would be committed
  capstan review main...HEAD     what this branch changes
  capstan review -p src/a.ts     only that file's changes`;

/** Longest diff that goes into the task; beyond it the agent reads files itself. */
const maxCharacters = 120_000;

/** `capstan review`: reads a diff critically; changes nothing. */
export function command(cli: Cli): Command {
  const review = withRunOptions(new Command('review'))
    .description('Review changes; nothing is written')
    .argument('[range]', 'commits, as git diff takes them (default: what is not committed)')
    .option('--staged', 'only what is staged')
    .option('-p, --path <path...>', 'only these files')
    .addHelpText('after', help);
  return withGlobals(review).action(
    async (range: string | undefined, { staged, path = [] }: { staged?: boolean; path?: string[] }) => {
      await runTask(cli, review, {
        name: 'review',
        mode: 'read-only',
        wants: 'words',
        task: (root) => task(root, { range, paths: path, staged }),
      });
    },
  );
}

function task(
  root: string,
  { range, paths, staged }: { range: string | undefined; paths: readonly string[]; staged: boolean | undefined },
): string {
  const which = staged ? ['--staged'] : [range ?? 'HEAD'];
  const diff = git(root, [
    'diff',
    '--no-ext-diff',
    '--no-textconv',
    ...(staged ? [] : ['--end-of-options']),
    ...which,
    '--',
    ...paths,
  ]);
  if (diff.trim() === '') {
    throw new CapstanError(
      'not_found',
      'There is nothing to review: the diff is empty. Name commits, for example main...HEAD.',
      { where: 'review' },
    );
  }
  const cut =
    diff.length > maxCharacters
      ? `\n[cut: ${diff.length - maxCharacters} more characters; read the files for the rest]`
      : '';
  return `Review this change. Read the code around it where you need to.

Report only what matters: wrong behaviour, lost data, security, races, broken callers, missing tests for new behaviour. For each finding give file and line, what goes wrong with which input, and how to mend it; the worst first. Say plainly if you find nothing. Do not praise, do not restate the change.

<diff>
${diff.slice(0, maxCharacters)}${cut}
</diff>`;
}
