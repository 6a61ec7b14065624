import type { ContextReport, SearchHit, StackCommand } from '@capstan/code';
import type { Embed } from '../project/local-embed.ts';
import { plural } from '../render/amounts.ts';
import { plainText } from '../render/plain-text.ts';
import { tryGit } from '../run/git.ts';
import type { Plan, PlannedFile, PlanStep, PlanWork } from './plan.ts';
import type { Facts, StudyTools } from './study.ts';

/** What is known of a task without a model. */
export interface PlanFacts extends Facts {
  /** All of a plan but the work itself. */
  readonly around: Pick<Plan, 'task' | 'tests' | 'commands' | 'commits' | 'commit'>;
  /** A plan that the index alone can make. */
  readonly draft: PlanWork;
}

export interface PlanQuestion {
  readonly task: string;
  /** Masks secrets in pieces of files. */
  readonly redact: (text: string) => string;
  /** Orders files by meaning too. */
  readonly embed?: Embed | undefined;
}

const contextTokens = 6000;

/** Gathers what a plan is made from: the files that the task is about, their tests, commands and last commits. */
export async function planFacts(tools: StudyTools, { task, redact, embed }: PlanQuestion): Promise<PlanFacts> {
  const { index, root, readable } = tools;
  const options = { limit: 10, mask: readable, ...(embed ? { embed } : {}) };
  const hits = await index.search(task, options);
  const sources = hits.filter(({ path }) => ['source', 'declaration'].includes(index.file(path)?.kind ?? ''));
  const best = (sources.length > 0 ? sources : hits).slice(0, 5);
  const context = await index.context(task, { ...options, tokens: contextTokens, redact });
  const tests = testsOf(tools, best);
  const commands = await commandsOf(root);
  const { placeHistory } = await import('@capstan/code');
  const pasts = await Promise.all(best.slice(0, 3).map(({ path }) => placeHistory(root, path, { limit: 3 })));
  const commits = [...new Map(pasts.flat().map((one) => [one.commit, one])).values()].toSorted((a, b) => b.at - a.at);
  const commit = tryGit(root, ['rev-parse', '--verify', '--quiet', 'HEAD'])?.trim() ?? null;
  const around = { task, tests, commands, commits: commits.slice(0, 6), commit };
  const draft = draftOf(tools, { task, best, hits, around });
  return { around, draft, payload: {}, text: '', task: question(around, context) };
}

function testsOf({ index, readable }: StudyTools, best: readonly SearchHit[]): Plan['tests'] {
  const found = best.flatMap(({ path }) => index.relatedTests(path).slice(0, 3));
  const seen = new Set<string>();
  const first = found.filter(({ path }) => !seen.has(path) && seen.add(path) && readable(path));
  return first.slice(0, 10);
}

const wanted: readonly StackCommand['purpose'][] = ['install', 'build', 'typecheck', 'test', 'lint'];

async function commandsOf(root: string): Promise<Plan['commands']> {
  const { detectStack } = await import('@capstan/code');
  const { packages } = await detectStack(root);
  const known = packages.find(({ path }) => path === '.') ?? packages[0];
  return wanted.flatMap((purpose) => {
    const found = known?.commands.find((one) => one.purpose === purpose);
    return found ? [{ purpose, command: found.command, cwd: found.cwd }] : [];
  });
}

interface DraftParts {
  readonly task: string;
  readonly best: readonly SearchHit[];
  readonly hits: readonly SearchHit[];
  readonly around: PlanFacts['around'];
}

/** What can be said without understanding the task: where it lies, what hangs on that, and how it is checked. */
function draftOf({ index }: StudyTools, { task, best, hits, around }: DraftParts): PlanWork {
  const files = hits.map(({ path, why }): PlannedFile => ({ path, change: 'read', why }));
  const places = best.slice(0, 3).map(({ path, line, endLine }) => `${path}:${line}-${endLine}`);
  const checks = around.commands.filter(({ purpose }) => purpose !== 'install');
  const steps: PlanStep[] = [
    ...(places.length > 0
      ? [{ text: `Read ${places.join(', ')}`, files: best.slice(0, 3).map(({ path }) => path) }]
      : []),
    { text: `Do it: ${firstLine(task)}`, ...(best[0] ? { files: best.slice(0, 2).map(({ path }) => path) } : {}) },
    around.tests.length > 0
      ? {
          text: `Cover it in ${around.tests
            .slice(0, 3)
            .map(({ path }) => path)
            .join(', ')}`,
        }
      : { text: 'Write a test: none is known for these files' },
    ...(checks.length > 0 ? [{ text: `Run ${checks.map(({ command }) => `\`${command}\``).join(', ')}` }] : []),
  ];
  const risks = best.flatMap(({ path }) => {
    const users = index.importersOf(path).length;
    return users > 2 ? [`${path} is imported by ${plural(users, 'file')}.`] : [];
  });
  const title = firstLine(task);
  const acceptance = checks.map(({ command }) => `\`${command}\` succeeds.`);
  const summary =
    best.length > 0
      ? `Made from the index, without a model: these are the files that the task is likeliest about, with their tests.`
      : 'Made without a model. No file of the repository has words of the task.';
  return { title, summary, steps, files, risks, acceptance, questions: [] };
}

function firstLine(text: string): string {
  const line = text.trim().split('\n')[0] ?? '';
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

function question({ task, tests, commands, commits }: PlanFacts['around'], { pieces }: ContextReport): string {
  const code = pieces.map(({ path, line, endLine, form, text, why }) => {
    const place = form === 'outline' ? 'outline' : `${line}-${endLine}`;
    return `── ${path} (${place}; ${why})\n${text}`;
  });
  const rows = (list: readonly string[]): string => (list.length === 0 ? '(none known)' : list.join('\n'));
  return plainText(`Make a plan for this task. Change nothing.

<task>
${task}
</task>

Read what you need first: search for callers, look at how the same is done elsewhere here, and at the tests. Then answer with JSON of the shape you were given: few steps in the order to do them, each of which leaves the repository whole; every file you would touch; what may break; what must hold in the end. Name only files that exist, or say "create".

<retrieved>
${code.join('\n')}
</retrieved>

<tests>
${rows(tests.map(({ path, why }) => `${path} (${why})`))}
</tests>

<commands>
${rows(commands.map(({ purpose, command, cwd }) => `${purpose}: ${command}${cwd === '.' ? '' : ` (in ${cwd})`}`))}
</commands>

<commits>
${rows(commits.map(({ commit, subject }) => `${commit} ${subject}`))}
</commits>`);
}
