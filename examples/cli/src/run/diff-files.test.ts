import { expect, test } from 'vitest';
import { diffFiles } from './diff-files.ts';

test('a diff names its files and what becomes of them', () => {
  const diff = `diff --git a/src/a.ts b/src/a.ts
index 1..2 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,2 +1,2 @@
--- not a header
+++ b/nor.this
 same
diff --git a/new.txt b/new.txt
new file mode 100644
--- /dev/null
+++ b/new.txt
@@ -0,0 +1 @@
+x
diff --git a/gone.txt b/gone.txt
deleted file mode 100644
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git a/old b/moved
similarity index 100%
rename from old
rename to moved
diff --git a/bin b/bin
Binary files a/bin and b/bin differ
diff --git "a/\\303\\244 \\"q\\".txt" "b/\\303\\244 \\"q\\".txt"
--- "a/\\303\\244 \\"q\\".txt"
+++ "b/\\303\\244 \\"q\\".txt"
@@ -1 +1 @@
-a
+b
`;
  expect(diffFiles(diff)).toEqual([
    { path: 'src/a.ts', op: 'write' },
    { path: 'new.txt', op: 'create' },
    { path: 'gone.txt', op: 'delete' },
    { path: 'moved', op: 'create' },
    { path: 'old', op: 'delete' },
    { path: 'bin', op: 'write' },
    { path: 'ä "q".txt', op: 'write' },
  ]);
});
