import { expect, test } from 'vitest';
import { languageOf } from '../parse/language.ts';
import { readSource } from '../parse/read-source.ts';
import { measuredText } from './measure.ts';

function facts(path: string, text: string, name: string) {
  const symbol = readSource(path, text, languageOf(path) ?? 'text').symbols.find((one) => one.name === name);
  const measured = measuredText(path, text);
  if (!symbol || !measured) throw new Error(`no ${name}`);
  return { ...measured.of(symbol), doc: measured.docOf(symbol) };
}

test.each([
  ['a.ts', 'function f(a?: number) {\n  return 1;\n}\n', 1],
  ['a.ts', 'function f(a: number, b?: string) {\n  if (a > 1 && b) return a ? 1 : 2;\n  for (;;) {}\n}\n', 5],
  ['a.ts', 'function f(a: string) {\n  // if && ||\n  return a?.length ?? "if ?";\n}\n', 2],
  ['a.ts', 'function f(x: { case: number }) {\n  switch (x.case) {\n    case 1:\n    case 2:\n  }\n}\n', 3],
  ['a.py', 'def f(a):\n    """if"""\n    if a and 1:\n        pass\n    elif b or c:\n        pass\n', 5],
  ['a.go', 'package a\n\nfunc f() {\n\tif a && b {\n\t}\n\tfor {\n\t}\n}\n', 4],
])('%s: %j has as many ways through', (path, text, complexity) => {
  expect(facts(path, text, 'f').complexity).toBe(complexity);
});

test.each([
  ['a.ts', '/**\n * Gives one.\n *\n * @returns 1\n */\nexport function f() {}\n', 'Gives one.\n\n@returns 1'],
  ['a.ts', '// Gives\n// one.\nconst f = 1;\n', 'Gives\none.'],
  ['a.ts', '// Of the file.\n\nconst f = 1;\n', ''],
  ['a.ts', 'const x = 1; // beside\nconst f = 1;\n', ''],
  [
    'a.py',
    'def f(a={"b": 1}):\n    """Gives one.\n\n    Always.\n    """\n    return 1\n',
    'Gives one.\n\n    Always.'.replace(/\n {4}/, '\n'),
  ],
  ['a.py', '# Gives one.\ndef f():\n    x = """no"""\n', 'Gives one.'],
  ['a.go', 'package a\n\n// F gives one.\nfunc f() {}\n', 'F gives one.'],
])('%s: the comment of a declaration is read: %j', (path, text, doc) => {
  expect(facts(path, text, 'f').doc).toBe(doc);
});
