import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolSuite } from '@capstan/sdk/testing';
import type { Json, Tool } from '@capstan/sdk/contract';
import { describe, test } from 'vitest';
import { openWorktree } from '../worktree/worktree.ts';
import { applyPatchTool } from './apply-patch-tool.ts';
import { editTool } from './edit-tool.ts';
import { fileToolsOf } from './file-tools.ts';
import type { FileTools } from './file-tools.ts';
import { globTool } from './glob-tool.ts';
import { grepTool } from './grep-tool.ts';
import { listTool } from './list-tool.ts';
import { readTool } from './read-tool.ts';
import { writeTool } from './write-tool.ts';

const tools: readonly (readonly [(tools: FileTools) => Tool, Json, readonly Json[]])[] = [
  [readTool, { path: 'a' }, [{}, { path: 1 }, { path: 'a', offset: 0 }]],
  [writeTool, { path: 'b', content: '' }, [{ path: 'b' }, { content: '' }]],
  [editTool, { path: 'a', old: 'one', new: 'two' }, [{}, { path: 'a', edits: [{ old: 'x' }] }]],
  [applyPatchTool, { patch: '*** Begin Patch\n*** Add File: c\n+c\n*** End Patch' }, [{}, { patch: '' }]],
  [listTool, {}, [{ path: 1 }]],
  [globTool, { pattern: '*' }, [{}]],
  [grepTool, { pattern: 'one' }, [{}, { pattern: 'x', limit: 0 }]],
];

describe.each(tools.map(([make, good, bad]) => ({ make, good, bad, name: make.name })))(
  '$name',
  ({ make, good, bad }) => {
    async function open() {
      const root = await mkdtemp(join(tmpdir(), 'suite-'));
      await writeFile(join(root, 'a'), 'one\n');
      const worktree = await openWorktree(root);
      const close = async () => {
        worktree.close();
        await rm(root, { recursive: true, force: true });
      };
      return { tool: make(fileToolsOf(worktree)), close };
    }
    test.each(toolSuite({ open, good, bad }))('$name', ({ run }) => run());
  },
);
