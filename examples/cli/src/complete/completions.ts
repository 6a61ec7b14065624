import type { Cli } from '../frame/cli.ts';
import { modes } from '../project/mode.ts';
import { openKeptStore, openTree, rootOf } from '../project/open-project.ts';

/** Commands with their options and sub-commands. */
export interface CompletionTree {
  readonly [command: string]: {
    readonly options: readonly string[];
    readonly children: { readonly [child: string]: { readonly options: readonly string[] } };
  };
}

/** Gives what may follow the words of an unfinished line; the last word is the one to complete, perhaps empty. */
export async function completions(words: readonly string[], tree: CompletionTree, cli: Cli): Promise<string[]> {
  const last = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const all = await candidates(before, last, { tree, cli });
  return all.filter((each) => each.startsWith(last)).toSorted();
}

async function candidates(
  before: readonly string[],
  last: string,
  { tree, cli }: { tree: CompletionTree; cli: Cli },
): Promise<readonly string[]> {
  const [name, childName] = before.filter((word) => !word.startsWith('-'));
  const previous = before.at(-1);
  if (previous === '--mode') return modes;
  if (previous === '--session' || (name === 'sessions' && childName !== undefined && !last.startsWith('-')))
    return sessionIds(cli);
  const command = name === undefined ? undefined : tree[name];
  if (!command) return name === undefined ? [...Object.keys(tree), '--help', '--version', '--json', '--cwd'] : [];
  const child = childName === undefined ? undefined : command.children[childName];
  if (last.startsWith('-')) return [...(child ?? command).options, '--help'];
  if (name === 'patch' && child) return patchIds(cli);
  return child ? [] : Object.keys(command.children);
}

/** A completion that fails must stay silent: the line being typed is worth more. */
async function sessionIds(cli: Cli): Promise<string[]> {
  try {
    const store = await openKeptStore(rootOf(cli, {}));
    const ids = (await store.list({ limit: 50 })).map(({ sessionId }) => sessionId);
    await store.close();
    return ids;
  } catch {
    return [];
  }
}

async function patchIds(cli: Cli): Promise<string[]> {
  try {
    const tree = await openTree(rootOf(cli, {}));
    const ids = (await tree.patches.list()).map(({ id }) => id);
    tree.close();
    return ids;
  } catch {
    return [];
  }
}
