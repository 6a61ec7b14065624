import { Command, Option } from 'commander';
import type { ReviewFinding, Severity } from '@capstan/code';
import { withGlobals, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { plainText } from '../render/plain-text.ts';
import type { ChangeChoice } from '../study/change-texts.ts';
import { withRunOptions } from '../run/run-settings.ts';
import { readModelReview, type ModelFinding } from '../study/model-findings.ts';
import { reviewFacts, type ReviewFacts } from '../study/review-facts.ts';
import { findingsText } from '../study/review-text.ts';
import { study, withFacts, type Answered } from '../study/study.ts';

const help = `
Examples:
  capstan review                 what is changed and not yet committed
  capstan review --staged        what would be committed
  capstan review main...HEAD     what this branch changes
  capstan review -p src/a.ts     only that file's changes
  capstan review --facts --fail-on medium     without a model, as a check

Without a model it tells which declarations changed, who calls them and which tests cover them, and what its rules find.`;

const levels: readonly Severity[] = ['high', 'medium', 'low', 'info'];

interface Flags {
  readonly staged?: boolean;
  readonly path?: readonly string[];
  readonly failOn?: Severity;
}

/** `capstan review`: reads a diff critically; changes nothing. */
export function command(cli: Cli): Command {
  const review = withFacts(withRunOptions(new Command('review')))
    .description('Review changes; nothing is written')
    .argument('[range]', 'commits, as git diff takes them (default: what is not committed)')
    .option('--staged', 'only what is staged')
    .option('-p, --path <path...>', 'only these files')
    .addOption(new Option('--fail-on <severity>', 'end with 1 for findings as bad as this').choices([...levels]))
    .addHelpText('after', help);
  return withGlobals(review).action(async (range: string | undefined, { staged, path = [], failOn }: Flags) => {
    const choice: ChangeChoice = { range, staged, paths: path };
    const judged = (outcome: Outcome, findings: readonly { severity: Severity }[]): Outcome =>
      bad(findings, failOn) && (outcome.exit ?? 0) === 0 ? { ...outcome, exit: 1 } : outcome;
    await study(cli, review, {
      name: 'review',
      look: (tools) => reviewFacts(cli, tools, choice),
      alone: ({ payload, text, findings }) => judged({ payload, text }, findings),
      // The answer is data; it is shown when all of it is there.
      view: (settings) => (settings.output === 'text' ? { ...settings, output: 'answer' } : settings),
      together: (facts, run) => {
        const found = readModelReview(run.report.result.text, facts.lines);
        const all = [...facts.findings, ...(found?.findings ?? [])];
        return judged(reviewed(facts, run, found), all);
      },
    });
  });
}

function bad(findings: readonly { severity: Severity }[], failOn: Severity | undefined): boolean {
  if (failOn === undefined) return false;
  return findings.some(({ severity }) => levels.indexOf(severity) <= levels.indexOf(failOn));
}

type Found = ReturnType<typeof readModelReview>;

function reviewed(facts: ReviewFacts, { outcome, report, output }: Answered, found: Found): Outcome {
  const payload = {
    ...(outcome.payload as object),
    ...facts.payload,
    ...(found ? { review: found } : {}),
  };
  const answer = found ? reviewWords(found.summary, found.findings) : plainText(report.result.text);
  const known = knownWords(facts.findings);
  if (output === 'answer') return { ...outcome, payload, text: answer };
  return { ...outcome, payload, text: `${facts.changes}\n\n${known}${answer}${endingOf(report.ending)}` };
}

function knownWords(findings: readonly ReviewFinding[]): string {
  return findings.length === 0 ? '' : `Found by rules:\n${findingsText(findings)}\n\n`;
}

function reviewWords(summary: string, findings: readonly ModelFinding[]): string {
  const head = summary === '' ? '' : `${plainText(summary)}\n\n`;
  return `${head}${findingsText(findings, 'The model found nothing that matters.')}`;
}

function endingOf({ exit, why }: Answered['report']['ending']): string {
  return exit === 0 || why === undefined ? '' : `\n\n${why}`;
}
