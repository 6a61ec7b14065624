import type { ReviewFinding, TextChange } from '@capstan/code';
import type { Cli } from '../frame/cli.ts';
import { openPolicy } from '../project/open-policy.ts';
import { chosenChange, type ChangeChoice } from './change-texts.ts';
import { findingsShape } from './model-findings.ts';
import { changesText, findingsText } from './review-text.ts';
import type { Facts, StudyTools } from './study.ts';

/** What is known of a change without a model. */
export interface ReviewFacts extends Facts {
  readonly findings: readonly ReviewFinding[];
  /** The files and declarations of the change, for people. */
  readonly changes: string;
  /** Every file of the change with its number of lines after it, for checking where findings lie. */
  readonly lines: ReadonlyMap<string, number>;
}

/** Longest diff that goes into the task; beyond it the agent reads files itself. */
const maxCharacters = 120_000;

/** Gathers what is known of a change. */
export async function reviewFacts(cli: Cli, tools: StudyTools, choice: ChangeChoice): Promise<ReviewFacts> {
  const { root, index } = tools;
  const { diff, files, unread } = chosenChange(root, choice);
  const { reviewChanges, severities } = await import('@capstan/code');
  const review = await reviewChanges(index, files);
  const order = (one: ReviewFinding) => severities.indexOf(one.severity);
  const secrets = await secretFindings(cli, root, diff);
  const findings = [...secrets, ...review.findings].toSorted((one, other) => order(one) - order(other));
  const changes = changesText(review.files, unread);
  return {
    findings,
    changes,
    lines: new Map(files.map((one) => [one.path, lineCount(one)])),
    payload: { files: review.files, unread, findings },
    text: `${changes}\n\n${findingsText(findings)}`,
    task: task(diff, { changes, findings: findingsText(findings) }),
  };
}

function lineCount({ before, after }: TextChange): number {
  return (after ?? before ?? '').split('\n').length;
}

async function secretFindings(cli: Cli, root: string, diff: string): Promise<ReviewFinding[]> {
  const { judgeDiff } = await import('@capstan/policy');
  const policy = await openPolicy(cli, { root, mode: 'read-only' });
  return judgeDiff(diff, policy, { root }).secrets.map(({ path, line, kind }) => ({
    rule: 'secret',
    severity: 'high',
    path,
    line,
    title: `It adds a secret (${kind}).`,
    detail: 'Take it out, read it from the environment, and replace it where it was given out: history keeps it.',
  }));
}

interface Known {
  readonly changes: string;
  readonly findings: string;
}

function task(diff: string, { changes, findings }: Known): string {
  const cut =
    diff.length > maxCharacters
      ? `\n[cut: ${diff.length - maxCharacters} more characters; read the files for the rest]`
      : '';
  return `Review this change. Read the code around it where you need to.

Report only what matters: wrong behaviour, lost data, security, races, broken callers, missing tests for new behaviour. For each finding give file and line of the new text, what goes wrong with which input, and how to mend it; the worst first. Do not praise, do not restate the change. What was found without you stands below: do not repeat it, and say so where it is wrong.

Answer with nothing but JSON of this shape, findings empty if you find nothing:
${findingsShape}

<known>
${changes}

${findings}
</known>

<diff>
${diff.slice(0, maxCharacters)}${cut}
</diff>`;
}
