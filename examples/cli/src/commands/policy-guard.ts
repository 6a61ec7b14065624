import { text as readText } from 'node:stream/consumers';
import { Command } from 'commander';
import { CapstanError } from '@capstan/sdk/contract';
import type { Judgement, JudgeRequest, Policy } from '@capstan/policy';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import type { ExitCode } from '../frame/exit-code.ts';
import { parseMode } from '../project/mode.ts';
import { openPolicy } from '../project/open-policy.ts';
import { rootOf } from '../project/open-project.ts';
import type { Colour } from '../render/colour.ts';
import { plainText } from '../render/plain-text.ts';
import { diffFiles, stagedDiff, stagedFiles } from '../run/diff-files.ts';
import { judgeHere, readQuestion } from '../run/judge.ts';
import { questionOf, withQuestionOptions, type QuestionFlags } from './policy-question.ts';

interface Flags extends QuestionFlags {
  readonly batch?: boolean;
  /** A file, `-`, or true for what is staged. */
  readonly check?: string | true;
}

const help = `
Examples:
  capstan policy guard --command "rm -rf build"
  capstan policy guard --path .env --op write --mode full-auto
  capstan policy guard --check                      judge what is staged, as a git hook
  git diff main | capstan policy guard --check -
  echo '{"kind":"shell","input":"git push --force"}' | capstan policy guard --batch

Exit codes: 0 allowed · 3 denied · 4 a person would be asked. --batch ends with 0 when every line could be judged.`;

const exits: Readonly<Record<Judgement['verdict'], ExitCode>> = { allow: 0, ask: 4, deny: 3 };

/** `capstan policy guard`: what the rules say, as a verdict and an exit code. */
export function guardCommand(cli: Cli): Command {
  const guard = withGlobals(withQuestionOptions(new Command('guard')))
    .description('Judge a command line, a path, an address or a diff')
    .option('--check [diff]', 'judge the files of a diff: a file, "-" for stdin, else what is staged')
    .option('--batch', 'judge lines of JSON on stdin: {"kind":"shell"|"path"|"url","input":…,"op":…}')
    .addHelpText('after', help);
  return guard.action(async (flags: Flags) => {
    const globals = globalsOf(cli, guard);
    const root = rootOf(cli, globals);
    const policy = await openPolicy(cli, {
      root,
      mode: parseMode(flags.mode),
      ...(flags.offline ? { offline: true } : {}),
    });
    const colour = colourOf(cli, globals);
    if (flags.batch) return batch(cli, (question) => judgeHere(question, policy, root));
    if (flags.check !== undefined) return check(cli, flags.check, { policy, root, colour });
    const question = questionOf(flags);
    if (!question)
      throw new CapstanError('invalid_config', 'Give one of --command, --path, --url, --check and --batch.', {
        where: 'policy guard',
      });
    const judgement = judgeHere(question, policy, root);
    cli.finish('policy guard', { payload: judgement, text: words(judgement, colour), exit: exits[judgement.verdict] });
  });
}

function words({ verdict, rule, reason }: Judgement, colour: Colour): string {
  const paint = { allow: colour.green, ask: colour.yellow, deny: colour.red }[verdict];
  return `${paint(verdict)}  ${rule}  ${plainText(reason)}`;
}

interface CheckSetting {
  readonly policy: Policy;
  readonly root: string;
  readonly colour: Colour;
}

/** The strictest verdict of all files decides, and an added secret denies; only what is not allowed is shown. */
async function check(cli: Cli, source: string | true, { policy, root, colour }: CheckSetting): Promise<void> {
  const { judgeDiff } = await import('@capstan/policy');
  const diff = source === true ? stagedDiff(root) : await diffText(cli, source);
  const files = source === true ? stagedFiles(root) : diffFiles(diff);
  const { secrets } = judgeDiff(diff, policy);
  const judged = files.map(({ path, op }) => ({
    path,
    op,
    ...judgeHere({ kind: 'path', input: path, op }, policy, root),
  }));
  const strictest = (['deny', 'ask'] as const).find((each) => judged.some((file) => file.verdict === each)) ?? 'allow';
  const verdict = secrets.length > 0 ? 'deny' : strictest;
  const lines = judged
    .filter((file) => file.verdict !== 'allow')
    .map((file) => `${plainText(file.path)}: ${words(file, colour)}`);
  for (const { path, line, kind } of secrets)
    lines.push(`${plainText(path)}:${line}: ${colour.red('deny')}  secret-in-diff  It adds a secret (${kind}).`);
  const text = lines.length === 0 ? `${files.length} files, all allowed.` : lines.join('\n');
  cli.finish('policy guard', { payload: { verdict, files: judged, secrets }, text, exit: exits[verdict] });
}

async function diffText(cli: Cli, source: string): Promise<string> {
  if (source === '-') return readText(cli.io.stdin);
  const { readFile } = await import('node:fs/promises');
  const { resolve } = await import('node:path');
  try {
    return await readFile(resolve(cli.io.cwd, source), 'utf8');
  } catch (cause) {
    throw new CapstanError('not_found', `The diff ${source} cannot be read.`, { where: source }, { cause });
  }
}

/** Answers each line with a line, as it comes, so that a program can keep one guard open. */
async function batch(cli: Cli, answer: (question: JudgeRequest) => Judgement): Promise<void> {
  const { createInterface } = await import('node:readline');
  const counts = { allow: 0, ask: 0, deny: 0, failed: 0 };
  for await (const line of createInterface({ input: cli.io.stdin })) {
    if (line.trim() === '') continue;
    try {
      const judgement = answer(readQuestion(line));
      counts[judgement.verdict] += 1;
      await cli.io.out(`${JSON.stringify(judgement)}\n`);
    } catch (cause) {
      counts.failed += 1;
      const reason = cause instanceof Error ? cause.message : String(cause);
      await cli.io.out(`${JSON.stringify({ verdict: 'ask', rule: 'not-understood', reason, effects: [] })}\n`);
    }
  }
  cli.finish('policy guard', { payload: counts, exit: counts.failed > 0 ? 2 : 0 });
}
