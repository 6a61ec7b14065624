import { expect, test } from 'vitest';
import { bestFiles } from './file-completion.ts';

const files = ['src/agent/create-agent.ts', 'src/agent/index.ts', 'docs/agent.md', 'src/loop/loop.ts', 'agent.ts'];

test.each([
  ['agent', ['agent.ts', 'docs/agent.md', 'src/agent/create-agent.ts', 'src/agent/index.ts']],
  ['loop', ['src/loop/loop.ts']],
  ['srcloop', ['src/loop/loop.ts']],
  ['zzz', []],
])('"@%s" offers the nearest names first', (query, found) => expect(bestFiles(files, query)).toEqual(found));
