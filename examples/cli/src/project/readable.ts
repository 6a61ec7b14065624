import { join } from 'node:path';
import type { Cli } from '../frame/cli.ts';
import { openPolicy, type PolicyOrder } from './open-policy.ts';

/** Tells of a path below a root whether it may be read unasked. */
export type Readable = (path: string) => boolean;

/**
 * Makes the judge of what may be shown of a repository: what the policy lets nobody read, or only after a question,
 * stands in no list, snippet or description.
 *
 * @param order More of the policy, such as the rules of plug-ins.
 */
export async function readableIn(cli: Cli, root: string, order: Partial<PolicyOrder> = {}): Promise<Readable> {
  const [{ decide }, policy] = await Promise.all([
    import('@capstan/policy'),
    openPolicy(cli, { root, mode: 'read-only', ...order }),
  ]);
  const known = new Map<string, boolean>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const effects = [{ kind: 'read', path: join(root, path), extent: 'file' }] as const;
    const readable = decide(policy, { effects }).verdict === 'allow';
    known.set(path, readable);
    return readable;
  };
}
