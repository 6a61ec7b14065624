import type { Program } from '../command/program.ts';
import type { Effect } from '../effect/effect.ts';

/** What a policy says of a call; `deny` is stricter than `ask`, `ask` than `allow`. */
export type Verdict = 'allow' | 'ask' | 'deny';

/** Rules as plain data, serialisable as JSON. The strictest rule that matches wins. */
export interface Policy {
  /** Shown in logs and prompts, for example `auto-edit`. */
  readonly name: string;
  /** Absolute folders, links followed. Relative globs in rules are relative to each of them. */
  readonly roots: readonly string[];
  /** The user's home folder, for `~` in commands. Absent: a stand-in that lies outside of every root. */
  readonly home?: string;
  /** Programs that commands may use besides the well-known ones, by name. */
  readonly programs?: Readonly<Record<string, Program>>;
  readonly rules: readonly Rule[];
  /** The verdict where no rule matches, by kind of effect. */
  readonly otherwise: Readonly<Record<Effect['kind'], Verdict>>;
  /** Models that may be called, by id (`anthropic/claude-sonnet-5-5`) or vendor (`ollama/*`); local ones always. Absent: any. */
  readonly models?: readonly string[];
  /** Further policies that must agree, such as an organisation's or a project's: the strictest decision of all wins. */
  readonly also?: readonly Policy[];
}

/** One rule: which effects it speaks of, and what it says. */
export interface Rule {
  /** Named in every decision it wins, for example `protected-files`. */
  readonly id: string;
  readonly match: Match;
  readonly verdict: Verdict;
  /** Why, in a sentence that a person and a model can act on. */
  readonly reason?: string;
  /** How many different people must approve when the verdict is `ask`. Default 1. */
  readonly approvals?: number;
  /**
   * With `allow`: a standing approval, as a person gives with "always". Where it matches, this policy's own rules that
   * ask for one person do not ask; what they deny stays denied, and other policies have their say.
   */
  readonly standing?: true;
  /** Absolute folder; the rule holds only where it is one of the roots. */
  readonly root?: string;
}

/** Which effects a rule matches. A list that is absent matches everything; an empty list matches nothing. */
export type Match =
  | {
      readonly effect: 'read' | 'write';
      readonly paths?: readonly string[];
      readonly where?: 'inside' | 'outside';
      /** Done by a tool itself, or by a command that it runs. */
      readonly by?: 'tool' | 'command';
      /** For `write`: text that was taken over from outside, under a licence that is not allowed. */
      readonly copied?: 'unlicensed';
    }
  | { readonly effect: 'run'; readonly commands?: readonly string[] }
  /** Whatever one command line does that is started in one folder, both exactly. */
  | { readonly effect: 'line'; readonly line: string; readonly cwd: string }
  | { readonly effect: 'network'; readonly hosts?: readonly string[]; readonly guarded?: boolean }
  | { readonly effect: 'unknown' }
  | { readonly effect: 'any' };

/** What is to be judged: all effects of one tool call. */
export interface Action {
  readonly effects: readonly Effect[];
}

/** The verdict for an action and the rule that gave it. */
export interface Decision {
  readonly verdict: Verdict;
  /** Id of the winning rule; `otherwise.<kind>` where no rule matched, `no-effects` for an action without effects. */
  readonly rule: string;
  readonly reason: string;
  /** People needed to approve; 0 unless the verdict is `ask`. */
  readonly approvals: number;
  /** The effect that the winning rule matched. */
  readonly effect?: Effect;
}
