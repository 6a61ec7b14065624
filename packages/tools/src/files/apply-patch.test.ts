import { mkdir, mkdtemp, readFile, rm, symlink, writeFile, lstat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorktree } from '../worktree/worktree.ts';
import type { Worktree } from '../worktree/worktree.ts';
import { parsePatch } from './parse-patch.ts';
import { planPatch } from './patch-plan.ts';

let root: string;
let tree: Worktree;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'patch-'));
  tree = await openWorktree(root);
});

afterEach(async () => {
  tree.close();
  await rm(root, { recursive: true, force: true });
});

async function apply(files: Record<string, string | Buffer>, patch: string): Promise<Record<string, string>> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const plan = await planPatch(tree, parsePatch(patch));
  const { files: changed } = await tree.change(plan.changes);
  const after: Record<string, string> = {};
  for (const { path, change } of changed) {
    after[path] = change === 'delete' ? '(gone)' : await readFile(join(root, path), 'utf8');
  }
  return after;
}

const begin = (body: string) => `*** Begin Patch\n${body}\n*** End Patch\n`;

describe('the format between Begin Patch and End Patch', () => {
  test('adds, updates, moves and deletes', async () => {
    const patch = begin(
      '*** Add File: new/a.txt\n+one\n+two\n*** Update File: b.txt\n*** Move to: c.txt\n@@\n x\n-y\n+Y\n*** Delete File: d.txt',
    );
    expect(await apply({ 'b.txt': 'x\ny\nz\n', 'd.txt': 'd' }, patch)).toEqual({
      'new/a.txt': 'one\ntwo\n',
      'b.txt': '(gone)',
      'c.txt': 'x\nY\nz\n',
      'd.txt': '(gone)',
    });
  });

  test('puts added lines behind the anchor, not at the end of the file', async () => {
    const source = 'class A:\n    x = 1\n\nclass B:\n    y = 2\n';
    const patch = begin('*** Update File: m.py\n@@ class A:\n+    z = 3');
    expect(await apply({ 'm.py': source }, patch)).toEqual({
      'm.py': source.replace('class A:\n', 'class A:\n    z = 3\n'),
    });
  });

  test('chooses between equal places by the anchor', async () => {
    const source = 'def a():\n    return 1\n\ndef b():\n    return 1\n';
    const patch = begin('*** Update File: m.py\n@@ def b():\n-    return 1\n+    return 2');
    expect(await apply({ 'm.py': source }, patch)).toEqual({
      'm.py': 'def a():\n    return 1\n\ndef b():\n    return 2\n',
    });
  });

  test('takes nested anchors one behind the other', async () => {
    const source = 'class A:\n  def f():\n    pass\nclass B:\n  def f():\n    pass\n';
    const patch = begin('*** Update File: m.py\n@@ class B:\n@@   def f():\n-    pass\n+    go()');
    expect(await apply({ 'm.py': source }, patch)).toEqual({
      'm.py': 'class A:\n  def f():\n    pass\nclass B:\n  def f():\n    go()\n',
    });
  });

  test('deletes a link, not what it leads to', async () => {
    await symlink('a', join(root, 'l'));
    expect(await apply({ a: 'x\n' }, begin('*** Delete File: l'))).toEqual({ l: '(gone)' });
    expect(await readFile(join(root, 'a'), 'utf8')).toBe('x\n');
  });

  test('is forgiven a fence, a heredoc and words around it', async () => {
    const patch = `Here it is:\n\`\`\`\napply_patch <<'EOF'\n${begin('*** Update File: a\n@@\n-1\n+2')}EOF\n\`\`\`\nDone.`;
    expect(await apply({ a: '1\n' }, patch)).toEqual({ a: '2\n' });
  });

  test('keeps CRLF and a missing final newline', async () => {
    const patch = begin('*** Update File: a\n@@\n a\n-b\n+B\n+C\n c');
    expect(await apply({ a: 'a\r\nb\r\nc' }, patch)).toEqual({ a: 'a\r\nB\r\nC\r\nc' });
  });

  test('puts lines at the end when the patch says so', async () => {
    expect(await apply({ a: 'x\ny\nx\ny\n' }, begin('*** Update File: a\n@@\n x\n-y\n+z\n*** End of File'))).toEqual({
      a: 'x\ny\nx\nz\n',
    });
  });

  test.each([
    ['two equal places', { a: 'x\ny\nx\ny\n' }, '*** Update File: a\n@@\n x\n-y\n+z', /2 times/],
    ['added lines without a place', { a: 'x\n' }, '*** Update File: a\n@@\n+z', /does not say where/],
    ['an existing file added', { a: 'x\n' }, '*** Add File: a\n+z', /exists already/],
    ['a missing file updated', {}, '*** Update File: a\n@@\n-x\n+z', /no file a/],
    ['a path outside', {}, '*** Add File: ../a\n+z', /outside/],
    [
      'a move onto another file',
      { a: 'x\n', b: 'y\n' },
      '*** Update File: a\n*** Move to: b\n@@\n-x\n+z',
      /exists already/,
    ],
    ['a patch that is cut off', { a: 'x\n' }, '*** Update File: a\n@@\n-x', /no "\*\*\* End Patch"/],
    ['a line without a mark', { a: 'x\n' }, '*** Update File: a\n@@\nx\n-y', /no mark/],
  ])('refuses %s and changes nothing', async (_, files, body, words) => {
    const begun = begin(`*** Add File: other\n+1\n${body}`);
    const whole = String(words).includes('End Patch') ? begun.replace(/\*\*\* End Patch\n$/, '') : begun;
    await expect(apply(files as Record<string, string>, whole)).rejects.toThrow(words);
    await expect(lstat(join(root, 'other'))).rejects.toThrow();
  });
});

describe('a unified diff', () => {
  const ten = Array.from({ length: 10 }, (_, index) => `line ${index + 1}`).join('\n') + '\n';

  test('with wrong counts and wrong line numbers is applied', async () => {
    const patch = '--- a/f\n+++ b/f\n@@ -40,9 +40,2 @@\n line 4\n-line 5\n+five\n line 6\n';
    expect(await apply({ f: ten }, patch)).toEqual({ f: ten.replace('line 5', 'five') });
  });

  test('with outer context that moved on is applied', async () => {
    const patch = '--- a/f\n+++ b/f\n@@ -3,5 +3,5 @@\n line three\n line 4\n-line 5\n+five\n line 6\n line seven\n';
    expect(await apply({ f: ten }, patch)).toEqual({ f: ten.replace('line 5', 'five') });
  });

  test('uses line numbers to choose between equal places', async () => {
    const patch = '--- f\n+++ f\n@@ -3,2 +3,2 @@\n x\n-y\n+z\n';
    expect(await apply({ f: 'x\ny\nx\ny\nx\ny\n' }, patch)).toEqual({ f: 'x\ny\nx\nz\nx\ny\n' });
  });

  test('of git creates, renames, changes modes and deletes', async () => {
    const patch =
      'diff --git a/n b/n\nnew file mode 100755\nindex 000..123\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+hi\n' +
      'diff --git a/o b/p q\nsimilarity index 100%\nrename from o\nrename to p q\n' +
      'diff --git a/r b/r\ndeleted file mode 100644\n--- a/r\n+++ /dev/null\n@@ -1 +0,0 @@\n-r\n' +
      'diff --git a/m b/m\nold mode 100644\nnew mode 100755\n';
    expect(await apply({ o: 'o\n', r: 'r\n', m: 'm\n' }, patch)).toEqual({
      n: 'hi\n',
      o: '(gone)',
      'p q': 'o\n',
      r: '(gone)',
      m: 'm\n',
    });
    expect((await lstat(join(root, 'n'))).mode & 0o111).toBe(0o111);
    expect((await lstat(join(root, 'm'))).mode & 0o111).toBe(0o111);
  });

  test('says what becomes of the final newline', async () => {
    const marked = '--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n';
    expect(await apply({ f: 'a' }, marked)).toEqual({ f: 'a\n' });
    const taken = '--- f\n+++ f\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n';
    expect(await apply({ f: 'a\n' }, taken)).toEqual({ f: 'b' });
  });

  test('that spells out carriage returns changes line endings', async () => {
    expect(await apply({ f: 'a\r\nb\r\n' }, '--- f\n+++ f\n@@ -1,2 +1,2 @@\n-a\r\n+a\n b\r\n')).toEqual({
      f: 'a\nb\r\n',
    });
  });

  test('does not delete a file whose content it does not know', async () => {
    const patch = '--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n';
    await expect(apply({ f: 'other\n' }, patch)).rejects.toThrow('another content');
    expect(await apply({ f: 'a\r\n' }, patch)).toEqual({ f: '(gone)' });
  });

  test('that is applied already says so', async () => {
    await expect(apply({ f: 'x\nb\n' }, '--- f\n+++ f\n@@ -1,2 +1,2 @@\n x\n-a\n+b\n')).rejects.toThrow(
      'applied already',
    );
  });

  test('deletes lines that look like a header', async () => {
    expect(await apply({ f: '-- x\n++ y\nz\n' }, '--- f\n+++ f\n@@ -1,3 +1,1 @@\n--- x\n-++ y\n z\n')).toEqual({
      f: 'z\n',
    });
  });
});

describe('search/replace blocks', () => {
  test('find their path above, in a fence or behind words', async () => {
    const patch =
      'Change `a.ts`:\n\na.ts\n```ts\n<<<<<<< SEARCH\none\n=======\n1\n>>>>>>> REPLACE\n```\n' +
      '**File: `b.ts`**\n<<<<<<< SEARCH\ntwo\n=======\n2\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nthree\n=======\n>>>>>>> REPLACE\n';
    expect(await apply({ 'a.ts': 'one\n', 'b.ts': 'two\nthree\n' }, patch)).toEqual({ 'a.ts': '1\n', 'b.ts': '2\n' });
  });

  test('with an empty search make a new file', async () => {
    expect(await apply({}, 'n.ts\n<<<<<<< SEARCH\n=======\nnew\n>>>>>>> REPLACE\n')).toEqual({ 'n.ts': 'new\n' });
  });

  test.each([
    ['two dividers', 'a\n<<<<<<< SEARCH\n1\n=======\n2\n=======\n3\n>>>>>>> REPLACE\n', /two lines/],
    ['no end', 'a\n<<<<<<< SEARCH\n1\n=======\n2\n', /not closed/],
    ['no path', '<<<<<<< SEARCH\n1\n=======\n2\n>>>>>>> REPLACE\n', /no path/],
  ])('with %s are refused', async (_, patch, words) => {
    await expect(apply({ a: '1\n' }, patch)).rejects.toThrow(words);
  });
});
