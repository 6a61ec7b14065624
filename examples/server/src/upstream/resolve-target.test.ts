import fc from 'fast-check';
import { expect, test } from 'vitest';
import { match, resolveTarget } from './resolve-target.ts';

const table = {
  routes: [
    { model: 'smart', to: ['one/big', 'two/large'] },
    { model: 'fast-*', to: ['two/*-mini'] },
  ],
  upstreams: [
    { name: 'one', models: ['gpt-*'] },
    { name: 'two', models: ['claude-*', 'gpt-4o'] },
  ],
};

test.each([
  ['smart', ['one/big', 'two/large']],
  ['fast-5', ['two/5-mini']],
  ['two/anything/else', ['two/anything/else']],
  ['gpt-4o', ['one/gpt-4o']],
  ['claude-opus', ['two/claude-opus']],
  ['unknown', []],
  ['three/x', []],
])('%s leads to %j', (name, expected) => {
  expect(resolveTarget(name, table).map(({ upstream, model }) => `${upstream}/${model}`)).toEqual(expected);
});

test('what nothing knows goes to the fall-back', () => {
  expect(resolveTarget('x', { ...table, fallback: 'one/*' })).toEqual([{ upstream: 'one', model: 'x' }]);
});

test('a star takes what lies between its pieces', () => {
  const piece = fc.stringMatching(/^[a-c]{0,5}$/);
  fc.assert(
    fc.property(piece, piece, piece, (before, middle, after) => {
      expect(match(`${before}*${after}`, before + middle + after)).toBe(middle);
      expect(match(`${before}*${middle}*`, `${before}x${middle}${after}`)).toBeDefined();
    }),
  );
});
