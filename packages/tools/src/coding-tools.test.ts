import { chmod, lstat, mkdir, mkdtemp, readFile, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PatchSummary, Tool, ToolContext, ToolOutput } from '@capstan/sdk/contract';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorktree } from './worktree/worktree.ts';
import type { Worktree } from './worktree/worktree.ts';
import { codingTools } from './coding-tools.ts';

let root: string;
let tree: Worktree;
let tools: Map<string, Tool>;
let patched: PatchSummary[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tools-'));
  tree = await openWorktree(root);
  tools = new Map(codingTools(tree).map((tool) => [tool.name, tool]));
  patched = [];
});

afterEach(async () => {
  tree.close();
  await rm(root, { recursive: true, force: true });
});

const { signal } = new AbortController();
const context = (sessionId = 's'): ToolContext => ({
  signal,
  callId: 'c',
  runId: 'r',
  sessionId,
  progress: () => {},
  patched: (patch) => void patched.push(patch),
});

function toolNamed(name: string): Tool {
  const tool = tools.get(name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool;
}

async function call(name: string, input: object, sessionId?: string): Promise<ToolOutput> {
  return toolNamed(name).execute(input, context(sessionId));
}

const bytes = (path: string) => readFile(join(root, path));
const put = (path: string, content: string | Buffer) => writeFile(join(root, path), content);

describe('read', () => {
  test('gives the text as it is, and pages with offset and limit', async () => {
    await put('a', 'one\ntwo\nthree\n');
    expect(await call('read', { path: 'a' })).toBe('one\ntwo\nthree\n');
    expect(await call('read', { path: 'a', offset: 2, limit: 1 })).toBe('two\n[lines 2–2 of 3; read on with offset 3]');
    await expect(call('read', { path: 'a', offset: 9 })).rejects.toThrow('no line 9');
  });

  test('cuts long lines and long files, and says how to go on', async () => {
    await put('a', `${'x'.repeat(5000)}\n${'y\n'.repeat(3000)}`);
    const text = await call('read', { path: 'a' });
    expect(text).toContain('[… 3000 more characters in this line]');
    expect(text).toContain('read on with offset 2001');
  });

  test.each([
    ['UTF-16 with a mark', Buffer.from('\ufeffgrün\r\n', 'utf16le'), 'grün\r\n'],
    ['UTF-16 big-endian', Buffer.from('\ufeffgrün\n', 'utf16le').swap16(), 'grün\n'],
    ['UTF-8 with a mark', Buffer.from('\ufeffgrün\n'), 'grün\n'],
    ['Latin-1', Buffer.from('grün\n', 'latin1'), 'grün\n'],
    ['Windows letters', Buffer.from([0x93, 0x61, 0x94, 0x0a]), '“a”\n'],
    ['UTF-8 with a stray byte', Buffer.concat([Buffer.from('grün '), Buffer.of(0xff)]), 'grün \ufffd'],
  ])('recognises %s', async (_, content, text) => {
    await put('a', content);
    expect(await call('read', { path: 'a' })).toBe(text);
  });

  test('gives images and documents as parts, and refuses other binary files', async () => {
    const png = Buffer.from('89504e470d0a1a0a00', 'hex');
    await put('a.png', png);
    await put('a.pdf', '%PDF-1.7\n');
    await put('a.bin', Buffer.from([1, 0, 2, 0, 0, 3]));
    expect(await call('read', { path: 'a.png' })).toEqual([
      { type: 'image', mediaType: 'image/png', data: png.toString('base64') },
    ]);
    expect(await call('read', { path: 'a.pdf' })).toMatchObject([
      { type: 'file', mediaType: 'application/pdf', name: 'a.pdf' },
    ]);
    await expect(call('read', { path: 'a.bin' })).rejects.toThrow('binary');
    await put('big.png', Buffer.concat([png, Buffer.alloc(9 << 20)]));
    await expect(call('read', { path: 'big.png' })).rejects.toThrow('too much to read');
    await expect(call('read', { path: 'none' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(call('read', { path: '.' })).rejects.toThrow('folder');
  });
});

describe('a change keeps the form of the file', () => {
  const rest = '\r\nsecond\nthird';
  test.each([
    ['UTF-16', Buffer.from(`\ufefffirst${rest}`, 'utf16le'), Buffer.from(`\ufeff1st${rest}`, 'utf16le')],
    ['UTF-8 with a mark', Buffer.from(`\ufefffirst${rest}`), Buffer.from(`\ufeff1st${rest}`)],
    ['Latin-1', Buffer.from(`first\xe9\xff${rest}`, 'latin1'), Buffer.from(`1st\xe9\xff${rest}`, 'latin1')],
    ['Windows letters', Buffer.from(`first\x93\x94${rest}`, 'latin1'), Buffer.from(`1st\x93\x94${rest}`, 'latin1')],
    [
      'a stray byte',
      Buffer.concat([Buffer.from(`first üöä ${rest}`), Buffer.of(0xff)]),
      Buffer.concat([Buffer.from(`1st üöä ${rest}`), Buffer.of(0xff)]),
    ],
  ])('by edit, %s', async (_, before, after) => {
    await put('a', before);
    await call('edit', { path: 'a', old: 'first', new: '1st' });
    expect(await bytes('a')).toEqual(after);
  });

  test('by write, encoding and mark', async () => {
    await put('a', Buffer.from('\ufeffold', 'utf16le'));
    await put('b', Buffer.from('\ufeffold'));
    await call('write', { path: 'a', content: 'new' });
    await call('write', { path: 'b', content: 'new' });
    expect(await bytes('a')).toEqual(Buffer.from('\ufeffnew', 'utf16le'));
    expect(await bytes('b')).toEqual(Buffer.from('\ufeffnew'));
  });

  test('and refuses letters that its encoding has not', async () => {
    await put('a', Buffer.from('é', 'latin1'));
    await expect(call('edit', { path: 'a', old: 'é', new: '✓' })).rejects.toThrow('latin1');
    expect(await bytes('a')).toEqual(Buffer.from('é', 'latin1'));
  });
});

describe('edit', () => {
  test('makes several replacements or none, and leaves one patch', async () => {
    await put('a', 'one two three');
    await expect(
      call('edit', {
        path: 'a',
        edits: [
          { old: 'one', new: '1' },
          { old: 'four', new: '4' },
        ],
      }),
    ).rejects.toThrow('Edit 2');
    expect(String(await bytes('a'))).toBe('one two three');
    await call('edit', {
      path: 'a',
      edits: [
        { old: 'one', new: '1' },
        { old: '1 two', new: '2' },
      ],
    });
    expect(String(await bytes('a'))).toBe('2 three');
    expect(patched).toMatchObject([{ files: [{ path: 'a', change: 'modify' }] }]);
    await tree.patches.rollbackRun('r');
    expect(String(await bytes('a'))).toBe('one two three');
  });

  test('goes through when several calls edit one file at once', async () => {
    await put('a', 'one\ntwo\nthree\n');
    await call('read', { path: 'a' });
    const words = ['one', 'two', 'three'];
    await Promise.all(words.map((word) => call('edit', { path: 'a', old: word, new: word.toUpperCase() })));
    expect(String(await bytes('a'))).toBe('ONE\nTWO\nTHREE\n');
  });

  test('names the tier it used', async () => {
    await put('a', 'if (x) {\r\n\tgo();\r\n}\r\n');
    expect(await call('edit', { path: 'a', old: 'if (x) {\n  go();\n}', new: 'if (y) {\n  go();\n}' })).toContain(
      'tier indentation',
    );
    expect(String(await bytes('a'))).toBe('if (y) {\r\n\tgo();\r\n}\r\n');
  });

  test('refuses a file that changed since the session read it, shows it as it is, and then goes on', async () => {
    await put('a', 'one\ntwo\n');
    await call('read', { path: 'a' });
    await put('a', 'one\ntwo\nof the user\n');
    const edit = { path: 'a', old: 'two', new: '2' };
    await expect(call('edit', edit)).rejects.toThrow(/has changed since you read it[\s\S]*of the user/);
    await expect(call('write', { path: 'a', content: '' }, 'other')).resolves.toContain('Replaced');
    await put('a', 'one\ntwo\nof the user\n');
    await call('edit', edit);
    expect(String(await bytes('a'))).toBe('one\n2\nof the user\n');
  });

  test('is not surprised by its own changes', async () => {
    await put('a', 'one\n');
    await call('read', { path: 'a' });
    await call('edit', { path: 'a', old: 'one', new: 'two' });
    await call('edit', { path: 'a', old: 'two', new: 'three' });
    expect(String(await bytes('a'))).toBe('three\n');
  });

  test('keeps links and modes, and refuses read-only files', async () => {
    await put('a', 'one\n');
    await chmod(join(root, 'a'), 0o755);
    await symlink('a', join(root, 'l'));
    await call('edit', { path: 'l', old: 'one', new: 'two' });
    expect((await lstat(join(root, 'l'))).isSymbolicLink()).toBe(true);
    expect((await lstat(join(root, 'a'))).mode & 0o777).toBe(0o755);
    await chmod(join(root, 'a'), 0o444);
    await expect(call('edit', { path: 'a', old: 'two', new: 'x' })).rejects.toThrow('read-only');
  });
});

describe('effects and previews', () => {
  test('name absolute paths with links followed, also outside', async () => {
    await mkdir(join(root, 'd'));
    await symlink('d', join(root, 'l'));
    await symlink('/etc', join(root, 'out'));
    const write = toolNamed('write');
    expect(await write.effects?.({ path: 'l/new', content: '' }, { signal })).toEqual([
      { kind: 'write', path: join(tree.root, 'd/new'), change: 'create' },
    ]);
    expect(await write.effects?.({ path: 'out/x', content: '' }, { signal })).toEqual([
      { kind: 'write', path: '/etc/x', change: 'create' },
    ]);
    await expect(call('write', { path: 'out/x', content: '' })).rejects.toMatchObject({ code: 'path_outside' });
  });

  test('a path that leads elsewhere since it was judged is refused', async () => {
    await mkdir(join(root, 'd'));
    await mkdir(join(root, 'e'));
    await symlink('d', join(root, 'l'));
    const input = { path: 'l/new', content: 'x' };
    await toolNamed('write').effects?.(input, { signal });
    await unlink(join(root, 'l'));
    await symlink('e', join(root, 'l'));
    await expect(call('write', input)).rejects.toMatchObject({ code: 'path_outside' });
  });

  test('previews show the diff and touch nothing', async () => {
    await put('a', 'one\n');
    const inputs: readonly (readonly [string, object])[] = [
      ['write', { path: 'a', content: 'two\n' }],
      ['edit', { path: 'a', old: 'one', new: 'two' }],
      ['apply_patch', { patch: '--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n+two\n' }],
    ];
    for (const [name, input] of inputs) {
      const preview = await toolNamed(name).preview?.(input, { signal });
      expect(preview).toMatchObject({ kind: 'diff', diff: expect.stringContaining('-one\n+two\n') as string });
    }
    expect(String(await bytes('a'))).toBe('one\n');
  });
});

describe('list, glob and shell', () => {
  test('list shows one folder without what is ignored', async () => {
    await mkdir(join(root, 'd'));
    await put('a.log', '');
    await put('b', 'four');
    await put('.gitignore', '*.log\n');
    expect(await call('list', {})).toBe('.gitignore 6\nb 4\nd/');
    await expect(call('list', { path: 'b' })).rejects.toThrow('is a file');
  });

  test('glob gives the last changed first', async () => {
    await mkdir(join(root, 'src'));
    for (const [index, name] of ['src/a.ts', 'b.ts', 'src/c.js'].entries()) {
      await put(name, '');
      await utimes(join(root, name), index + 1, index + 1);
    }
    expect(await call('glob', { pattern: '*.ts' })).toBe('b.ts\nsrc/a.ts');
    expect(await call('glob', { pattern: '*.{ts,js}', path: 'src' })).toBe('src/c.js\nsrc/a.ts');
    expect(await call('glob', { pattern: '*.py' })).toContain('No files match');
  });

  test('what a shell command changes is a patch of the run', async () => {
    await put('a', 'one\n');
    await call('shell', { command: 'echo two > a; mkdir d; echo > d/new' });
    expect(patched).toMatchObject([{ files: [{ path: 'a' }, { path: 'd/new' }] }]);
    await tree.patches.rollbackRun();
    expect(String(await bytes('a'))).toBe('one\n');
    await expect(lstat(join(root, 'd'))).rejects.toThrow();
  });
});

test('what a command in the background changes is rolled back with its run', async () => {
  await put('a', 'one\n');
  await call('shell', { command: 'echo two > a; sleep 0.6; echo three > b', background: true });
  await expect
    .poll(
      () =>
        lstat(join(root, 'b')).then(
          () => true,
          () => false,
        ),
      { timeout: 5000 },
    )
    .toBe(true);
  await tree.patches.rollbackRun('r');
  expect(String(await bytes('a'))).toBe('one\n');
  await expect(lstat(join(root, 'b'))).rejects.toThrow();
});
