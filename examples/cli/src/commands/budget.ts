import { Command } from 'commander';
import type { Budget } from '@capstan/sdk/contract';
import { globalsOf, withGlobals, type Cli } from '../frame/cli.ts';
import { readConfig, readConfigs, writeConfig } from '../project/config-file.ts';
import { budgetLimits } from '../project/config.ts';
import { effectiveSettings } from '../project/effective-settings.ts';
import { openKeptStore, rootOf } from '../project/open-project.ts';
import { dollars } from '../render/amounts.ts';
import { budgetWords } from '../render/budget-words.ts';
import { budgetOf, type RunFlags } from '../run/run-settings.ts';

/** `capstan budget`: what a run may spend, and what was spent here. */
export function command(cli: Cli): Command {
  const budget = new Command('budget').description('Show and set what a run may spend');
  budget.addCommand(showCommand(cli), { isDefault: true });
  budget.addCommand(setCommand(cli));
  return budget;
}

function showCommand(cli: Cli): Command {
  const show = withGlobals(new Command('show')).description(
    'Show the limits of a run, and what was spent in this repository',
  );
  return show.action(async () => {
    const root = rootOf(cli, globalsOf(cli, show));
    const { user, project } = readConfigs(cli, root);
    const { budget } = effectiveSettings({ flags: {}, user, project });
    const spent = await spentHere(root);
    const sum = `${dollars(spent.costUsd)} in ${spent.runs} runs${spent.unknown > 0 ? `, ${spent.unknown} of unknown cost` : ''}`;
    cli.finish('budget show', {
      payload: { budget, spent },
      text: `a run may spend: ${budgetWords(budget)}\nspent here: ${sum}`,
    });
  });
}

async function spentHere(root: string): Promise<{ costUsd: number; runs: number; unknown: number }> {
  const store = await openKeptStore(root);
  const spent = { costUsd: 0, runs: 0, unknown: 0 };
  try {
    for (const { sessionId } of await store.list()) {
      for (const event of await store.read(sessionId)) {
        if (event.type !== 'run.ended') continue;
        spent.runs += 1;
        if (event.costUsd === undefined) spent.unknown += 1;
        spent.costUsd += event.costUsd ?? 0;
      }
    }
    return spent;
  } finally {
    await store.close();
  }
}

function setCommand(cli: Cli): Command {
  const set = withGlobals(new Command('set'))
    .description('Set the limits of every run; "none" takes one away')
    .option('--usd <amount>', 'most to spend, in US dollars')
    .option('--seconds <seconds>', 'longest time to take')
    .option('--tokens <count>', 'most tokens, in and out together')
    .option('--turns <count>', 'most model calls')
    .option('--project', "in the repository's file, which can only make things stricter")
    .option('--dry-run', 'say what would be written');
  return set.action(
    (flags: {
      usd?: string;
      seconds?: string;
      tokens?: string;
      turns?: string;
      project?: boolean;
      dryRun?: boolean;
    }) => {
      const { paths } = readConfigs(cli, rootOf(cli, globalsOf(cli, set)));
      const path = flags.project ? paths.project : paths.user;
      const config = readConfig(path);
      const given = {
        budgetUsd: flags.usd,
        budgetSeconds: flags.seconds,
        budgetTokens: flags.tokens,
        maxTurns: flags.turns,
      };
      const budget = changed(config.budget ?? {}, given);
      if (!flags.dryRun) writeConfig(path, { ...config, budget });
      const verb = flags.dryRun ? 'would write' : 'wrote';
      cli.finish('budget set', {
        payload: { path, budget, dryRun: flags.dryRun === true },
        text: `${verb} ${path}: ${budgetWords(budget)}`,
      });
    },
  );
}

type Given = { readonly [K in 'budgetUsd' | 'budgetSeconds' | 'budgetTokens' | 'maxTurns']: string | undefined };

const limitOf = { budgetUsd: 'costUsd', budgetSeconds: 'seconds', budgetTokens: 'tokens', maxTurns: 'turns' } as const;

function changed(before: Budget, given: Given): Budget {
  const entries = Object.entries(given) as [keyof Given, string | undefined][];
  const removed = entries.filter(([, value]) => value === 'none').map(([flag]) => limitOf[flag]);
  const set = Object.fromEntries(
    entries.filter(([, value]) => value !== undefined && value !== 'none'),
  ) as Partial<RunFlags>;
  const all: Budget = { ...before, ...budgetOf(set) };
  return Object.fromEntries(
    budgetLimits.flatMap((limit) =>
      all[limit] === undefined || removed.some((each) => each === limit) ? [] : [[limit, all[limit]]],
    ),
  );
}
