import { describe, expect, test } from 'vitest';
import { resolveScopes } from './scope.ts';
import { languageOf, parses, parseSyntax } from './syntax.ts';
import { all, textOf } from './tree.ts';

describe('a tree', () => {
  test('counts offsets as strings do', () => {
    const text = 'const s = "é😀"; let y = x;';
    const syntax = parseSyntax(text, 'javascript')!;
    expect(all(syntax.root, 'identifier').map((node) => textOf(syntax, node))).toEqual(['s', 'y', 'x']);
  });

  test.each(['let a = (1;', 'function f( {}', 'let = 5 +', '<<<<<<< HEAD\nlet a = 1;\n=======\n>>>>>>> b'])(
    '%j is not parsed',
    (text) => {
      expect(parseSyntax(text, 'typescript')).toBeUndefined();
    },
  );

  test.each(['let a = (1', 'foo(', ')', 'a b c'])('%j has an error', (text) => {
    expect(parses(text, 'javascript')).toBe(false);
  });

  test.each(['', '// only a comment', 'let a = 1\nlet b = 2', 'a?.b?.[0]?.(c)', '`${a}`', '``', '<div/>;'])(
    '%j is parsed',
    (text) => {
      expect(parseSyntax(text, 'tsx')).toBeDefined();
      expect(parses(text, 'tsx')).toBe(true);
    },
  );

  test('what is nested too deep is left alone', () => {
    expect(parseSyntax(`${'['.repeat(500)}${']'.repeat(500)}`, 'javascript')).toBeUndefined();
  });

  test.each([
    ['a.ts', 'typescript'],
    ['a.mts', 'typescript'],
    ['a.tsx', 'tsx'],
    ['a.jsx', 'javascript'],
    ['a.cjs', 'javascript'],
    ['a.py', undefined],
    ['ts', undefined],
  ])('%s is %s', (path, language) => {
    expect(languageOf(path)).toBe(language);
  });
});

/** Gives for each identifier called `x` the line on which it is declared. */
function meanings(text: string): (number | undefined)[] {
  const syntax = parseSyntax(text, 'typescript')!;
  const scopes = resolveScopes(syntax)!;
  const named = ['identifier', 'shorthand_property_identifier', 'shorthand_property_identifier_pattern'].flatMap(
    (kind) => all(syntax.root, kind),
  );
  return named
    .filter((node) => textOf(syntax, node) === 'x')
    .toSorted((a, b) => a.start - b.start)
    .map((node) => {
      const at = scopes.bindingOf(node)?.declarations[0]?.start;
      return at === undefined ? undefined : text.slice(0, at).split('\n').length;
    });
}

describe('names', () => {
  test.each([
    ['a block shadows', 'let x;\n{ let x; x; }\nx;', [1, 2, 2, 1]],
    ['var reaches the whole function', 'let x;\nfunction f() { x; { var x; } }\nx;', [1, 2, 2, 1]],
    ['parameters and the body are one scope', 'let x;\nfunction f(x) { x; }\nx;', [1, 2, 2, 1]],
    ['a parameter that is destructured', 'let x;\nconst f = ({ x }, [y = x]) => x;', [1, 2, 2, 2]],
    ['a renamed parameter', 'let x;\nconst f = ({ x: y }) => x;', [1, 1]],
    ['rest and default', 'let x;\nconst f = (a = x, ...x) => x;', [1, 2, 2, 2]],
    ['a loop head', 'let x;\nfor (const x of xs) x;\nx;', [1, 2, 2, 1]],
    ['a counting loop', 'let x;\nfor (let x = 0; x < 1; x++) x;\nx;', [1, 2, 2, 2, 2, 1]],
    ['a loop without a declaration', 'let x;\nfor (x of xs) x;', [1, 1, 1]],
    ['catch', 'let x;\ntry {} catch (x) { x; }\nx;', [1, 2, 2, 1]],
    ['a function is seen above', 'x();\nfunction x() {}', [2, 2]],
    ['a named function expression', 'let x;\nconst f = function x() { x; };\nx;', [1, 2, 2, 1]],
    ['a class', 'x;\nclass x {}', [2]],
    ['an import', "import x, { y as z } from 'a';\nx;", [1, 1]],
    ['a renamed import', "import { x as y } from 'a';\nx;", [undefined, undefined]],
    ['shorthand', 'let x;\nf({ x });', [1, 1]],
    ['a destructuring assignment', 'let x;\n({ x } = y);', [1, 1]],
    ['a property is no mention', 'let x;\na.x;\nb = { x: 1 };', [1]],
    ['an exported name', 'let x;\nexport { x };', [1, 1]],
    ['a name of another module', "let x;\nexport { x } from 'a';", [1, undefined]],
    ['a type query', 'let x;\ntype T = typeof x;', [1, 1]],
    ['a parameter of a function type', 'let x;\ntype F = (x: string) => void;', [1, 2]],
    ['switch', 'let x;\nswitch (y) { case 1: let x; x; }\nx;', [1, 2, 2, 1]],
    ['a namespace', 'let x;\nnamespace N { const x = 1; x; }\nx;', [1, 2, 2, 1]],
    ['a member of an enum', 'let x;\nenum E { x = 1, y = x }', [1, 2]],
    ['a global', 'x;', [undefined]],
  ])('%s', (_, text, lines) => {
    expect(meanings(text)).toEqual(lines);
  });

  test.each(['eval("x");', 'with (a) { b; }', 'let f = 1;\n{ function f() {} }\nf;'])(
    '%j cannot be resolved',
    (text) => {
      expect(resolveScopes(parseSyntax(text, 'javascript')!)).toBeUndefined();
    },
  );
});
