import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { newId } from '@capstan/sdk/contract';
import { withGlobals, type Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import { commandHere } from '../project/command-here.ts';
import { redactorHere } from '../project/guard-text.ts';
import { localEmbed } from '../project/local-embed.ts';
import { plainText } from '../render/plain-text.ts';
import { readTask } from '../run/read-task.ts';
import { withRunOptions } from '../run/run-settings.ts';
import { planFacts, type PlanFacts } from '../study/plan-facts.ts';
import { keepPlan } from '../study/plan-files.ts';
import { planText, readPlanText } from '../study/plan-text.ts';
import { planShape, readPlanWork, type Plan, type PlanWork } from '../study/plan.ts';
import { study, withFacts, type Answered } from '../study/study.ts';

const help = `
Examples:
  capstan plan "retry requests that time out"
  capstan plan --json "add a --quiet option" | jq .payload.plan.steps
  cat issue.md | capstan plan -
  capstan run --plan last

The plan is kept as Markdown and JSON in .capstan/plans. Edit the Markdown as you like before it is followed.`;

/** `capstan plan`: says how a task would be done, and keeps it; nothing else is written. */
export function command(cli: Cli): Command {
  const plan = withFacts(withRunOptions(new Command('plan')))
    .description('Make a plan for a task: steps, files, risks, what must hold; no code is changed')
    .argument('<task...>', 'what is to be done, in words; "-" reads it from stdin')
    .option('--stdin', 'wait for stdin to end and take it as context')
    .addHelpText('after', help);
  return withGlobals(plan).action(async (words: string[], { stdin }: { stdin?: boolean }) => {
    const task = await readTask(words, cli.io, { stdin });
    await study(cli, plan, {
      name: 'plan',
      look: async (tools) => {
        const redactor = await redactorHere(cli, tools.root);
        return planFacts(tools, { task, redact: (text) => redactor.redact(text), embed: await localEmbed(cli) });
      },
      alone: (facts, root) => kept(cli, root, planOf(facts, facts.draft, null)),
      view: (settings) => (settings.output === 'text' ? { ...settings, output: 'answer' } : settings),
      run: { output: planShape },
      together: (facts, run) => answered(cli, facts, run),
    });
  });
}

function planOf({ around }: PlanFacts, work: PlanWork, model: string | null): Plan {
  return { ...work, v: 1, id: newId(), ...around, model, madeAt: new Date().toISOString() };
}

/** A model that answers in words instead of JSON is taken at its words, when there are steps in them. */
function answered(cli: Cli, facts: PlanFacts, { outcome, report, root }: Answered): Outcome {
  const { result, model } = report;
  const work = readPlanWork(result.output, result.text) ?? fromWords(facts, result.text);
  if (!work || (result.reason !== 'done' && result.reason !== 'failed')) return outcome;
  const plan = planOf(facts, withRealFiles(root, work), model);
  const { payload, text, meta } = kept(cli, root, plan);
  const { why: _, error: __, ...run } = outcome.payload as Record<string, unknown>;
  return {
    payload: { ...run, reason: 'done', ...(payload as object) },
    text: text ?? '',
    meta: { ...outcome.meta, ...meta },
  };
}

function fromWords({ draft }: PlanFacts, answer: string): PlanWork | undefined {
  const { title, steps } = readPlanText(answer);
  if (steps.length === 0) return undefined;
  return { ...draft, title: title === 'Plan' ? draft.title : title, summary: plainText(answer).trim(), steps };
}

/** What would be changed and is not there would be made. */
function withRealFiles(root: string, work: PlanWork): PlanWork {
  const files = work.files.map((file) =>
    file.change !== 'create' && !existsSync(join(root, file.path)) ? { ...file, change: 'create' as const } : file,
  );
  return { ...work, files };
}

function kept(cli: Cli, root: string, plan: Plan): Outcome {
  const paths = keepPlan(root, plan);
  const follow = commandHere(cli, root, `capstan run --plan ${plan.id}`);
  const text = planText(plan).replace(/\n\nPlan \S+, made by[^\n]*\n$/, '\n');
  return {
    payload: { plan, paths, follow },
    text: `${plainText(text)}\nkept: ${paths.markdown}\nfollow it: ${follow}`,
    meta: { root },
  };
}
