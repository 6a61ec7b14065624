import { openWorktree } from '../worktree.ts';

// Adds one to the number in a file so and so many times, beside other processes that do the same.
const [root = '', times = '0'] = process.argv.slice(2);
const tree = await openWorktree(root);
for (let done = 0; done < Number(times); ) {
  const { bytes, hash } = await tree.read('count');
  const content = String(Number(bytes.toString()) + 1);
  const made = await tree.change([{ path: 'count', content, basedOn: hash }], { runId: String(process.pid) }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'conflict') return undefined;
    throw error;
  });
  if (made) done++;
}
