import type { Agent } from '../agent/create-agent.ts';
import type { RunReason } from '../contract/event.ts';
import type { PatchSummary } from '../contract/patch.ts';

/** One way to do the task: a model, a prompt, other tools. */
export interface Candidate<W extends Workspace = Workspace> {
  /** Letters, digits, `.`, `_` and `-`, at most 50. */
  readonly name: string;
  /** Makes the agent that does the task in a tree of its own. */
  agent(workspace: W): Agent<unknown> | Promise<Agent<unknown>>;
}

/** A tree of a candidate's own. */
export interface Workspace {
  /** Absolute. */
  readonly root: string;
  /** Keeps what was changed as a patch of the main tree that is not applied. `undefined` when nothing was. */
  keep(about: { readonly runId: string; readonly label: string }): Promise<KeptWork | undefined>;
  /** Tries the work: tests, type check. */
  measure(at: { readonly signal: AbortSignal }): Promise<Measures>;
  /** Takes the tree away. */
  close(): Promise<void>;
}

/**
 * Where candidates work; `gitWorktrees` of `@capstan/tools` gives git work trees. An implementation must leave the main
 * tree alone until `apply`, which does all or nothing.
 */
export interface Workspaces<W extends Workspace = Workspace> {
  /** Makes a tree with what the main tree holds now, changes that are not committed included. */
  open(name: string, at: { readonly signal: AbortSignal }): Promise<W>;
  /** Applies a kept patch to the main tree. @throws {CapstanError} `patch_failed` when it no longer fits. */
  apply(patchId: string): Promise<PatchSummary>;
}

export interface KeptWork {
  readonly patch: PatchSummary;
  /** For a judge to read. */
  readonly diff: string;
}

export interface Measures {
  readonly tests?: TestEvidence;
  /** Errors of the type check; absent where there is none. */
  readonly typeErrors?: number;
}

export interface TestEvidence {
  readonly passed: boolean;
  /** Tests that ran and that failed; absent where only the exit code is known. */
  readonly total?: number;
  readonly failed?: number;
  /** The end of what was printed, when they did not pass. */
  readonly output?: string;
}

/** What came of one candidate: a row of the table that is judged. */
export interface Trial extends Measures {
  readonly name: string;
  /** How its run ended; `failed` also where its tree could not be made or its work not kept. */
  readonly reason: RunReason;
  /** Its last words, or what went wrong. */
  readonly text: string;
  /** The kept patch; absent when nothing was changed. */
  readonly patch?: PatchSummary;
  readonly diff?: string;
  /** US dollars; absent when a price is unknown. */
  readonly costUsd?: number;
  /** Of the agent's work, without making the tree and measuring. */
  readonly seconds: number;
}

/** Which trial wins. */
export interface Verdict {
  /** Absent: none is good enough. */
  readonly winner?: string;
  readonly why: string;
}

/** What an experiment came to. */
export interface ExperimentOutcome extends Verdict {
  readonly trials: readonly Trial[];
  /** The winner's patch, when it was applied. The others, and one that was not applied, are kept as proposed patches. */
  readonly applied?: PatchSummary;
}
