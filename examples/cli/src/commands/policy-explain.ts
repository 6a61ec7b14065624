import { Command } from 'commander';
import { explain, type Effect, type ExplainedEffect } from '@capstan/policy';
import { CapstanError } from '@capstan/sdk/contract';
import { colourOf, globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { parseMode } from '../project/mode.ts';
import { openPolicy } from '../project/open-policy.ts';
import { rootOf } from '../project/open-project.ts';
import { plainText } from '../render/plain-text.ts';
import { judgeHere } from '../run/judge.ts';
import { questionOf, withQuestionOptions, type QuestionFlags } from './policy-question.ts';

/** `capstan policy explain`: every rule that spoke, and why the strictest won. */
export function explainCommand(cli: Cli): Command {
  const command = withGlobals(withQuestionOptions(new Command('explain')))
    .description('Show what a command line, a path or an address would do, and every rule that speaks of it')
    .addHelpText('after', '\nExamples:\n  capstan policy explain --command "sort a | tee b > c"');
  return command.action(async (flags: QuestionFlags) => {
    const globals = globalsOf(cli, command);
    const root = rootOf(cli, globals);
    const policy = await openPolicy(cli, {
      root,
      mode: parseMode(flags.mode),
      ...(flags.offline ? { offline: true } : {}),
    });
    const question = questionOf(flags);
    if (!question)
      throw new CapstanError('invalid_config', 'Give one of --command, --path and --url.', { where: 'policy explain' });
    const { effects: asked, ...judgement } = judgeHere(question, policy, root);
    const whole: readonly Effect[] =
      question.kind === 'shell' ? [{ kind: 'run', command: question.input, cwd: root }] : asked;
    const { effects } = explain(policy, { effects: whole });
    const colour = colourOf(cli, globals);
    const lines = effects.flatMap((each) => [colour.bold(plainText(effectWords(each.effect))), ...decisionLines(each)]);
    const head = `${judgement.verdict}  ${judgement.rule}  ${plainText(judgement.reason)}`;
    cli.finish('policy explain', { payload: { ...judgement, effects }, text: [head, ...lines].join('\n') });
  });
}

function decisionLines({ decisions }: ExplainedEffect): string[] {
  return decisions.map(({ verdict, rule, reason }) => `  ${verdict.padEnd(5)}  ${rule}  ${plainText(reason)}`);
}

function effectWords(effect: Effect): string {
  switch (effect.kind) {
    case 'read':
      return `reads ${effect.path}`;
    case 'write':
      return `${effect.change === 'delete' ? 'deletes' : 'writes'} ${effect.path}`;
    case 'run':
      return `runs ${effect.command}`;
    case 'network':
      return `reaches ${effect.url}`;
    case 'unknown':
      return `unknown: ${effect.note}`;
    default:
      return effect satisfies never;
  }
}
