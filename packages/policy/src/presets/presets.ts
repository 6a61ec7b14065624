import type { Policy } from '../decide/policy.ts';
import { preset, reading, writing } from './preset.ts';
import type { PresetOptions } from './preset.ts';

/** Reads inside the root and runs commands that only read; writes nothing; asks about all else. */
export function readOnly(options: PresetOptions): Policy {
  return preset('read-only', options, {
    rules: reading,
    otherwise: { read: 'ask', write: 'deny', run: 'ask', network: 'ask', unknown: 'ask' },
  });
}

/** Reads inside the root and asks about everything else. */
export function suggest(options: PresetOptions): Policy {
  return preset('suggest', options, {
    rules: reading,
    otherwise: { read: 'ask', write: 'ask', run: 'ask', network: 'ask', unknown: 'ask' },
  });
}

/**
 * Reads and writes inside the root, runs reading commands and the repository's own scripts; asks about the rest, also
 * about commands that write: what they change is in no patch.
 */
export function autoEdit(options: PresetOptions): Policy {
  return preset('auto-edit', options, {
    rules: [
      ...reading,
      ...writing('tool'),
      {
        id: 'repository-scripts',
        match: { effect: 'run', commands: ['@scripts'] },
        verdict: 'allow',
        reason: "The repository's own tests, linters and builds are allowed.",
      },
    ],
    otherwise: { read: 'ask', write: 'ask', run: 'ask', network: 'ask', unknown: 'ask' },
  });
}

/** Does everything inside the root without asking; asks about what reaches outside and about protected files. */
export function fullAuto(options: PresetOptions): Policy {
  return preset('full-auto', options, {
    rules: [...reading, ...writing('any')],
    otherwise: { read: 'ask', write: 'ask', run: 'allow', network: 'ask', unknown: 'ask' },
  });
}
