import type { Budget } from '@capstan/sdk/contract';
import { budgetLimits, type Config } from './config.ts';
import { modes, type Mode } from './mode.ts';

/** The layers that say how a run may go, each by whoever wrote it. */
export interface SettingLayers {
  /** Options of the command line. */
  readonly flags: { readonly mode?: Mode | undefined; readonly budget?: Budget };
  readonly user: Config;
  /** The repository's own file. */
  readonly project: Config;
}

export interface EffectiveSettings {
  readonly mode: Mode;
  readonly budget: Budget;
  /** What the repository's file made stricter, in words. */
  readonly tightened: readonly string[];
}

/** Mode of a run that nothing else is said of. */
export const defaultMode: Mode = 'auto-edit';

/** Puts the layers together: the command line over the user's file; the repository can only make it stricter. */
export function effectiveSettings({ flags, user, project }: SettingLayers): EffectiveSettings {
  const wanted = flags.mode ?? user.mode ?? defaultMode;
  const mode = project.mode === undefined ? wanted : stricter(wanted, project.mode);
  const asked = { ...user.budget, ...flags.budget };
  const budget = lower(asked, project.budget ?? {});
  const tightened = [
    ...(mode === wanted ? [] : [`mode ${mode}`]),
    ...budgetLimits.filter((limit) => budget[limit] !== asked[limit]).map((limit) => `${limit} ${budget[limit]}`),
  ];
  return { mode, budget, tightened };
}

/** The stricter of two modes. */
export function stricter(one: Mode, other: Mode): Mode {
  return modes.indexOf(one) <= modes.indexOf(other) ? one : other;
}

/** The lower of both for each limit; a limit that only one of them has holds. */
function lower(one: Budget, other: Budget): Budget {
  return Object.fromEntries(
    budgetLimits.flatMap((limit) => {
      const amounts = [one[limit], other[limit]].filter((amount) => amount !== undefined);
      return amounts.length === 0 ? [] : [[limit, Math.min(...amounts)]];
    }),
  );
}
