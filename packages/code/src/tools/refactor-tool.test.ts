import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ToolContext } from '@capstan/sdk/contract';
import { toolSuite } from '@capstan/sdk/testing';
import { openWorktree } from '@capstan/tools';
import { scratchRepository } from '../context/__fixtures__/scratch-repository.ts';
import { refactorTool } from './refactor-tool.ts';

const files = { 'a.py': 'def load():\n    return 1\n', 'b.py': 'from a import load\n\nload()\n' };

const context: ToolContext = {
  signal: new AbortController().signal,
  callId: 'call',
  runId: 'run',
  sessionId: 'session',
  progress: () => {},
  patched: () => {},
};

async function open() {
  const scratch = scratchRepository(files);
  const worktree = await openWorktree(scratch.root);
  return {
    root: worktree.root,
    tool: refactorTool(worktree),
    close: async () => {
      worktree.close();
      scratch[Symbol.dispose]();
    },
  };
}

test('it declares what it would write, and a dry run reads', async () => {
  const { root, tool, close } = await open();
  try {
    const input = { kind: 'rename', target: 'a.py#load', name: 'read' };
    const paths = ['a.py', 'b.py'].map((path) => join(root, path));
    const effects = (await tool.effects?.(input, context)) ?? [];
    expect(effects.filter(({ kind }) => kind === 'write')).toEqual(paths.map((path) => ({ kind: 'write', path })));
    expect(
      ((await tool.effects?.({ ...input, dry_run: true }, context)) ?? []).every(({ kind }) => kind === 'read'),
    ).toBe(true);
    expect(await tool.execute({ ...input, dry_run: true }, context)).toContain('+def read():');
    expect(readFileSync(join(root, 'a.py'), 'utf8')).toBe(files['a.py']);
    expect(await tool.execute(input, context)).toContain('rename load to read: 3 places in 2 files');
    expect(readFileSync(join(root, 'b.py'), 'utf8')).toBe('from a import read\n\nread()\n');
    await expect(tool.execute({ ...input, target: 'a.py#load' }, context)).rejects.toMatchObject({ code: 'not_found' });
    await expect(tool.execute({ kind: 'move', target: 'a.py#read' }, context)).rejects.toThrow('move needs to.');
  } finally {
    await close();
  }
});

describe('refactor', () => {
  const good = { kind: 'rename', target: 'a.py#load', name: 'read' };
  const bad = [{}, { kind: 'paint' }, { kind: 'rename', target: '' }];
  test.each(toolSuite({ open, good, bad }))('$name', ({ run }) => run());
});
