import type { Command } from 'commander';
import type { Cli } from '../frame/cli.ts';
import type { Outcome } from '../frame/envelope.ts';
import type { Mode } from '../project/mode.ts';
import { modelHere } from '../project/pick-model.ts';
import { budgetWords } from '../render/budget-words.ts';
import { table } from '../render/fit.ts';
import { plainText } from '../render/plain-text.ts';
import { runBounds } from './run-bounds.ts';

/** Says what a run would be, with `--dry-run`: nothing is opened, sent or kept. */
export async function planRun(
  cli: Cli,
  command: Command,
  { mode: usual, task }: { readonly mode?: Mode; readonly task: string | ((root: string) => string | Promise<string>) },
): Promise<Outcome> {
  const { root, named, mode, budget } = await runBounds(cli, command, { mode: usual });
  const words = typeof task === 'string' ? task : await task(root);
  const { id: model, why } = await modelHere(cli, root, named);
  const rows = [
    ['model', `${model} (${why})`],
    ['mode', mode],
    ['budget', budgetWords(budget)],
  ];
  return {
    payload: { task: words, model, why, mode, budget, dryRun: true },
    text: `${plainText(words)}\n\n${table(rows)}`,
    meta: { root },
  };
}
