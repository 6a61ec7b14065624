import { layered, rulesOnly } from '../decide/layered.ts';
import type { Policy } from '../decide/policy.ts';
import type { PresetOptions } from '../presets/preset.ts';
import { offline as withoutNetwork } from '../presets/offline.ts';
import { autoEdit, fullAuto, readOnly, suggest } from '../presets/presets.ts';
import { parsePolicy } from './parse-policy.ts';
import type { PolicyFile, PolicyProblem } from './parse-policy.ts';

/** Texts of the policy files of one machine, where they exist. */
export interface PolicyTexts {
  readonly organisation?: string;
  readonly user?: string;
  readonly project?: string;
}

export interface PolicyOfOptions {
  /** Absolute folders the agent works in, links followed. */
  readonly roots: readonly string[];
  readonly home?: string;
  /** Used where the user's file names no mode. Default `auto-edit`. */
  readonly mode?: NonNullable<PolicyFile['mode']>;
  /** No network until it is allowed: the user's `hosts` and `models`. Default: as the user's file says. */
  readonly offline?: boolean | undefined;
  /** Commands run in a sandbox without network. Default false. */
  readonly confined?: boolean;
  /** File names for problems. Default `organisation`, `user`, `project`. */
  readonly files?: Partial<Record<keyof PolicyTexts, string>>;
}

const modes = { 'read-only': readOnly, suggest, 'auto-edit': autoEdit, 'full-auto': fullAuto } as const;

/** Gives the ready-made policy of a name. */
export function presetNamed(mode: NonNullable<PolicyFile['mode']>, options: PresetOptions): Policy {
  return modes[mode](options);
}

/**
 * Puts the policy files of a machine together: the user's decides, the organisation's and the project's only tighten.
 *
 * `hosts`, `web`, `programs` and allow rules of an organisation's or project's file loosen nothing. Where any file has
 * a problem there is no policy, so that a slip of the pen never opens a door.
 */
export function policyOf(
  texts: PolicyTexts,
  options: PolicyOfOptions,
): { readonly policy?: Policy; readonly problems: readonly PolicyProblem[] } {
  const { roots, home, confined = false, files = {} } = options;
  const problems: PolicyProblem[] = [];
  const read = (level: keyof PolicyTexts): PolicyFile | undefined => {
    const text = texts[level];
    if (text === undefined) return undefined;
    const parsed = parsePolicy(text, { file: files[level] ?? level });
    problems.push(...parsed.problems);
    return parsed.policy;
  };
  const [organisation, user, project] = [read('organisation'), read('user'), read('project')];
  if (problems.length > 0) return { problems };
  const base = userPolicy(user ?? {}, options);
  const limit = (name: string, file: PolicyFile | undefined): Policy | undefined =>
    file && limitPolicy(name, file, { roots, confined, ...(home === undefined ? {} : { home }) });
  const [above, below] = [limit('organisation', organisation), limit('project', project)];
  return {
    policy: layered({ user: base, ...(above ? { organisation: above } : {}), ...(below ? { project: below } : {}) }),
    problems,
  };
}

function userPolicy(
  file: PolicyFile,
  { roots, home, mode = 'auto-edit', offline = file.offline, confined = false }: PolicyOfOptions,
): Policy {
  const { hosts, web, rules = [], otherwise = {}, programs, models } = file;
  const base = presetNamed(file.mode ?? mode, {
    roots,
    ...(home === undefined ? {} : { home }),
    ...(hosts ? { hosts } : {}),
    ...(web ? { web } : {}),
  });
  const policy: Policy = {
    ...base,
    rules: [...base.rules, ...rules],
    otherwise: { ...base.otherwise, ...otherwise },
    ...(programs ? { programs } : {}),
    ...(models ? { models } : {}),
  };
  return offline
    ? withoutNetwork(policy, { ...(hosts ? { hosts } : {}), ...(models ? { models } : {}), confined })
    : policy;
}

function limitPolicy(
  name: string,
  file: PolicyFile,
  { confined = false, ...places }: Pick<PolicyOfOptions, 'roots' | 'home' | 'confined'>,
): Policy {
  const { rules = [], otherwise = {}, models } = file;
  const base = file.mode ? presetNamed(file.mode, places) : rulesOnly(name, { roots: places.roots, rules: [] });
  const policy: Policy = {
    ...base,
    name,
    rules: [...base.rules, ...rules],
    otherwise: { ...base.otherwise, ...otherwise },
    ...(models ? { models } : {}),
  };
  // Only the user's own file may say what is allowed without network.
  return file.offline ? withoutNetwork(policy, { confined }) : policy;
}
