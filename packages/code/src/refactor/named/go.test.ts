import { describe, expect, test } from 'vitest';
import { planned, refusal } from '../__fixtures__/planned.ts';
import type { RefactorRequest } from '../refactor-request.ts';

const rename = (target: string, name: string): RefactorRequest => ({ kind: 'rename', target, name });

const files = {
  'go.mod': 'module example.com/x\n\ngo 1.22\n',
  'shop/cart.go':
    'package shop\n\ntype Cart struct {\n\titems []int\n}\n\n// Total adds up.\nfunc Total(c *Cart) int {\n\tsum := 0\n\tfor _, one := range c.items {\n\t\tsum += one\n\t}\n\tif sum == limit {\n\t\tsum := 1\n\t\treturn sum\n\t}\n\treturn sum\n}\n',
  'shop/more.go':
    'package shop\n\nconst limit = 3\n\nvar first = Cart{items: nil}\n\nfunc again() int { return Total(&first) }\n',
  'shop/cart_test.go': 'package shop_test\n\nimport "example.com/x/shop"\n\nvar limit = shop.Total(nil)\n',
  'cmd/main.go':
    'package main\n\nimport s "example.com/x/shop"\n\nfunc main() {\n\tTotal := s.Total(nil)\n\t_ = Total\n}\n',
};

test('a name of a package changes in all its files and in those that import it', async () => {
  const after = await planned(files, rename('Total', 'Sum'), { public: true });
  expect(Object.keys(after)).toEqual(['cmd/main.go', 'shop/cart.go', 'shop/cart_test.go', 'shop/more.go']);
  expect(after['cmd/main.go']).toContain('\tTotal := s.Sum(nil)\n\t_ = Total\n');
  expect(after['shop/cart.go']).toContain('// Total adds up.\nfunc Sum(c *Cart) int {');
});

test('a name in lower case stays within its package, another package of the folder aside', async () => {
  const after = await planned(files, rename('shop/more.go#limit', 'most'));
  expect(Object.keys(after)).toEqual(['shop/cart.go', 'shop/more.go']);
});

test('a local goes by its scope', async () => {
  const after = await planned(files, rename('shop/cart.go:9:2', 'all'));
  expect(after['shop/cart.go']).toContain('\tif all == limit {\n\t\tsum := 1\n\t\treturn sum\n\t}\n\treturn all\n');
});

test('a field that only one type has changes, keys of literals too', async () => {
  const after = await planned(files, rename('Cart.items', 'goods'));
  expect(after['shop/more.go']).toContain('Cart{goods: nil}');
  expect(after['shop/cart.go']).toContain('range c.goods');
});

describe('refused, for', () => {
  test.each([
    ['other modules may use it', files, 'Total', 'Sum', /public/],
    ['a local would hide it', files, 'shop/more.go#limit', 'sum', /collision: sum is a local/],
    ['another file declares the name', files, 'shop/more.go#limit', 'again', /collision/],
    ['it is a name of the language', files, 'shop/more.go#limit', 'len', /a name of the language/],
    [
      'two types have the field',
      { ...files, 'shop/b.go': 'package shop\n\ntype B struct {\n\titems int\n}\n' },
      'Cart.items',
      'goods',
      /another type has items/,
    ],
    [
      'others can see the member',
      { ...files, 'shop/b.go': 'package shop\n\ntype B struct {\n\tSize int\n}\n' },
      'B.Size',
      'Width',
      /upper case/,
    ],
    ['an importer could not see it', files, 'Total', 'sum2', /public/],
  ] as const)('%s', async (...[, given, target, name, words]) => {
    expect(await refusal(given, rename(target, name))).toMatch(words);
  });
});

test('imports are sorted within their groups, and what nothing names goes', async () => {
  const after = await planned(
    {
      'go.mod': files['go.mod'],
      'a.go':
        'package a\n\nimport (\n\t"strings"\n\t"fmt" // to print\n\t"os"\n\n\t"github.com/x/go-yaml"\n)\n\nvar _ = fmt.Sprint(strings.ToUpper(""))\n',
    },
    { kind: 'imports' },
  );
  expect(after['a.go']).toContain('import (\n\t"fmt" // to print\n\t"strings"\n\n\t"github.com/x/go-yaml"\n)');
});
