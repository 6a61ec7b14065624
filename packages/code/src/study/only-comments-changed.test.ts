import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expressTs } from '../context/__fixtures__/express-ts.ts';
import { goService } from '../context/__fixtures__/go-service.ts';
import { pythonApp } from '../context/__fixtures__/python-app.ts';
import { reactViteTs } from '../context/__fixtures__/react-vite-ts.ts';
import { onlyCommentsChanged } from './only-comments-changed.ts';

const same = (path: string, before: string, after: string) => onlyCommentsChanged(path, before, after).same;

test.each([
  ['a.ts', 'export const a = 1;\n', '/** One. */\nexport const a = 1; // here\n'],
  ['a.ts', 'const s = `// not`;\n', '// yes\nconst s = `// not`;\n'],
  ['a.tsx', 'const x = <a>// text</a>;\n', '/* x */\nconst x = <a>// text</a>;\n'],
  ['a.js', 'const re = /\\/\\*/;\n', 'const re = /\\/\\*/; /* a rule */\n'],
  [
    'a.py',
    'def f():\n    return 1\n',
    '"""Module."""\n\ndef f():\n    """Gives one.\n\n    Always.\n    """\n    return 1\n',
  ],
  ['a.py', 'class A:\n    """Old."""\n    x = 1\n', "class A:\n    # why\n    r'''New.'''\n    x = 1  # so\n"],
  ['a.go', 'package a\n\nfunc F() {}\n', '// Package a does.\npackage a\n\n// F does.\nfunc F() {}\n'],
  ['a.rs', 'fn f() {}\n', '/// Does.\nfn f() {}\n'],
  ['a.rb', 'def f; end\n', '# Does.\ndef f; end\n'],
  ['README.md', '# A\n', '# B\n\nAnything.\n'],
  ['a.ts', 'const a = 1;\r\n', '// c\r\nconst a = 1;\r\n'],
])('%s: comments may change', (path, before, after) => {
  expect(onlyCommentsChanged(path, before, after)).toEqual({ same: true });
});

test.each([
  ['a.ts', 'const a = 1;\n', 'const a = 2;\n'],
  ['a.ts', 'const s = "// a";\n', 'const s = "// b";\n'],
  ['a.ts', 'const s = `\n// a\n`;\n', 'const s = `\n// b\n`;\n'],
  ['a.ts', 'const s = `a\n\nb`;\n', 'const s = `a\nb`;\n'],
  ['a.tsx', 'const x = <a>// text</a>;\n', 'const x = <a>// other</a>;\n'],
  ['a.ts', 'function f() { return 1 }\n', 'function f() { return /*\n*/ 1 }\n'],
  ['a.ts', '// @ts-ignore\nf(1);\n', 'f(1);\n'],
  ['a.ts', '/* eslint-disable */\nf(1);\n', 'f(1);\n'],
  ['a.ts', '// SPDX-License-Identifier: MIT\nf(1);\n', 'f(1);\n'],
  ['a.ts', 'f(1);\n', '// f(1);\n'],
  ['a.py', 'def f():\n    return 1\n', 'def f():\n    """Doc."""\n'],
  ['a.py', 'if a:\n    b()\nc()\n', 'if a:\n    b()\n    c()\n'],
  ['a.py', 'x = """a"""\n', 'x = """b"""\n'],
  ['a.py', 'def f():\n    g()\n    """no docstring"""\n', 'def f():\n    g()\n    """another"""\n'],
  ['a.py', 'a = 1  # type: ignore\n', 'a = 1\n'],
  ['a.py', '# -*- coding: latin-1 -*-\na = 1\n', 'a = 1\n'],
  ['a.go', '//go:build linux\n\npackage a\n', 'package a\n'],
  ['a.go', 'package a\n\n// #include <a.h>\nimport "C"\n', 'package a\n\n// #include <b.h>\nimport "C"\n'],
  ['a.rs', 'fn f() { g() } // a\n', 'fn f() { g() } // b\n'],
  ['a.c', '*p = 1;\n', '*p = 2;\n'],
  ['a.sh', '#!/bin/sh\nls\n', '#!/bin/bash\nls\n'],
  ['a.ts', 'const a = 1;\n', 'const a = ;\n'],
])('%s: code may not change: %j', (path, before, after) => {
  const check = onlyCommentsChanged(path, before, after);
  expect(check.same).toBe(false);
  if (!check.same) expect(check.why).not.toBe('');
});

const sources = [expressTs, goService, pythonApp, reactViteTs]
  .flatMap((files) => Object.entries(files))
  .filter(([path]) => /\.(tsx?|py|go)$/.test(path));

/** Puts a comment line above the lines that stand at the left. */
function commented(path: string, text: string, picks: readonly boolean[]): string {
  const sign = path.endsWith('.py') ? '#' : '//';
  const lines = text.split('\n');
  let open = false;
  return lines
    .flatMap((line, at) => {
      const fits = !open && /^(?:export|function|def |class |func |import |const |type )/.test(line);
      if ((line.match(/`|"""/g) ?? []).length % 2 === 1) open = !open;
      return fits && picks[at % picks.length] ? [`${sign} a note`, line] : [line];
    })
    .join('\n');
}

test('notes among the lines of real sources are no change of code; a letter more in a name is', () => {
  fc.assert(
    fc.property(fc.constantFrom(...sources), fc.array(fc.boolean(), { minLength: 3 }), ([path, text], picks) => {
      const noted = commented(path, text, picks);
      expect(same(path, text, noted)).toBe(true);
      const spoiled = noted.replace(/^(export |const |import |from |def |class |package |func )/m, '$1x');
      if (spoiled !== noted) expect(same(path, text, spoiled)).toBe(false);
    }),
    { numRuns: 60 },
  );
});
