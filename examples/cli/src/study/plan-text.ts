import type { Plan, PlanStep } from './plan.ts';

/** Prints a plan as Markdown, to be read, edited and followed. */
export function planText(plan: Plan): string {
  const { id, task, title, summary, steps, files, tests, commands, commits, risks, acceptance, questions } = plan;
  const made = `${plan.model ?? 'the index'}, ${plan.madeAt}${plan.commit === null ? '' : `, on ${plan.commit.slice(0, 12)}`}`;
  return [
    `# ${title}`,
    task
      .split('\n')
      .map((line) => `> ${line}`.trimEnd())
      .join('\n'),
    summary,
    `## Steps\n\n${steps.map(stepText).join('\n')}`,
    section(
      'Files',
      files.map(({ path, change, why }) => `\`${path}\` (${change})${why === '' ? '' : `: ${why}`}`),
    ),
    section(
      'Tests',
      tests.map(({ path, why }) => `\`${path}\`: ${why}`),
    ),
    section(
      'Commands',
      commands.map(({ purpose, command, cwd }) => `${purpose}: \`${command}\`${cwd === '.' ? '' : ` in \`${cwd}\``}`),
    ),
    section('Risks', risks),
    section('Acceptance', acceptance),
    section('Questions', questions),
    section(
      'Last commits there',
      commits.map(({ commit, subject }) => `${commit} ${subject}`),
    ),
    `Plan ${id}, made by ${made}. Follow it: \`capstan run --plan ${id}\``,
  ]
    .filter((block) => block !== '')
    .join('\n\n')
    .concat('\n');
}

function stepText({ text, detail, files = [], status }: PlanStep): string {
  const rows = [`- [${status === 'done' ? 'x' : ' '}] ${text}`];
  if (detail !== undefined) rows.push(`  ${detail}`);
  if (files.length > 0) rows.push(`  Files: ${files.map((path) => `\`${path}\``).join(', ')}`);
  return rows.join('\n');
}

function section(heading: string, rows: readonly string[]): string {
  return rows.length === 0 ? '' : `## ${heading}\n\n${rows.map((row) => `- ${row}`).join('\n')}`;
}

/** A plan as it is followed: what it is called, its steps, and all of it in words. */
export interface FollowedPlan {
  readonly title: string;
  readonly steps: readonly Pick<PlanStep, 'text' | 'status'>[];
  readonly text: string;
}

const item = /^(\s*)(?:[-*+]|\d+[.)])\s+(?:\[([ xX>-])\]\s+)?(.*)$/;

/**
 * Reads a plan in Markdown, ours or anybody's: its steps are the list under a heading such as "Steps" or "Tasks", else
 * the boxes to tick, else the numbered list.
 */
export function readPlanText(text: string): FollowedPlan {
  const lines = text.replace(/^---\n[\s\S]*?\n---\n/, '').split(/\r?\n/);
  const title = lines.find((line) => /^#\s+\S/.test(line))?.replace(/^#\s+/, '') ?? 'Plan';
  const under = linesUnder(lines, /^#{1,4}\s+(?:\d+[.)]?\s+)?(?:the\s+)?(?:steps?|tasks?|plan|to-?dos?|work)\b/i);
  const lists = [
    under.filter((line) => item.test(line)),
    lines.filter((line) => /^\s*[-*+]\s+\[[ xX]\]\s/.test(line)),
    lines.filter((line) => /^\d+[.)]\s/.test(line)),
  ];
  const chosen = lists.find((rows) => rows.length > 0) ?? [];
  const outer = Math.min(...chosen.map((line) => item.exec(line)?.[1]?.length ?? 0));
  const steps = chosen.flatMap((line): FollowedPlan['steps'][number][] => {
    const [, indent = '', box = ' ', words = ''] = item.exec(line) ?? [];
    if (indent.length > outer || words.trim() === '') return [];
    const plain = words.replace(/\*\*|__/g, '').trim();
    return [{ text: plain, status: /x/i.test(box) ? 'done' : 'open' }];
  });
  return { title, steps, text: text.trim() };
}

/** Lines under a heading, up to the next of its level or above. */
function linesUnder(lines: readonly string[], heading: RegExp): string[] {
  const from = lines.findIndex((line) => heading.test(line));
  if (from < 0) return [];
  const level = /^#+/.exec(lines[from] ?? '')?.[0].length ?? 1;
  const rest = lines.slice(from + 1);
  const end = rest.findIndex((line) => (/^#+(?=\s)/.exec(line)?.[0].length ?? 9) <= level);
  return end < 0 ? rest : rest.slice(0, end);
}
