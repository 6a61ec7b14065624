import type { Cli } from '../frame/cli.ts';
import { guardText } from '../project/guard-text.ts';
import { openLivePolicy } from '../project/live-policy.ts';
import type { OpenedRun } from '../run/open-run.ts';
import { Conversation } from './conversation.ts';

export interface OpenConversationOptions {
  readonly sessionId: string;
  /** Told of policy files that cannot be followed. */
  readonly tell: (words: string) => void;
}

/** Opens a conversation on the parts of a run. */
export function openConversation(
  cli: Cli,
  setup: OpenedRun,
  { sessionId, tell }: OpenConversationOptions,
): Conversation {
  const { store, settings, worktree, model, tools, mode, budget, instructions } = setup;
  return new Conversation({
    worktree,
    store,
    tools,
    instructions,
    model,
    mode,
    budget,
    sessionId,
    env: cli.io.env,
    follow: setup.follow,
    hooks: async () => [...(setup.plugins?.hooks ?? []), ...(await guardText(cli, { root: worktree.root, store }))],
    policyOf: async (chosen) =>
      openLivePolicy(cli, {
        root: worktree.root,
        mode: chosen,
        ...(settings.offline ? { offline: true } : {}),
        ...(setup.roots ? { roots: setup.roots } : {}),
        confined: setup.confined ?? false,
        rules: setup.plugins?.rules ?? [],
        tell,
      }),
  });
}
