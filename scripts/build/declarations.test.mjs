import { expect, test } from 'vitest';
import { withModuleExtension } from './declarations.mjs';

test.each([
  [`import type { A } from './a.ts';`, `import type { A } from './a.cjs';`],
  [`export { b } from "../b/c.ts";`, `export { b } from "../b/c.cjs";`],
  [`export type * from './contract/index.ts';`, `export type * from './contract/index.cjs';`],
  [`type P = import('./p.ts').P | import("./q.ts").Q;`, `type P = import('./p.cjs').P | import("./q.cjs").Q;`],
  [`import './side.ts';`, `import './side.cjs';`],
  [`import type { E } from '@capstan/policy';`, `import type { E } from '@capstan/policy';`],
  [`const text = './a.ts';`, `const text = './a.ts';`],
])('%s becomes %s', (declared, published) => {
  expect(withModuleExtension(declared, '.cjs')).toBe(published);
});
