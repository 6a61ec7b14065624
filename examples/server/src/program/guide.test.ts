import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseSettings } from '../config/parse-settings.ts';
import { settingsSchema } from '../config/schema.ts';

const guide = readFileSync(new URL('../../../../docs/guides/relay.md', import.meta.url), 'utf8');

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
}

test('the guide names every setting, and none that does not exist', () => {
  const { properties = {} } = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' }) as Node;
  const known = Object.entries(properties).flatMap(([group, { properties: inner }]) =>
    inner ? Object.keys(inner).map((name) => `${group}.${name}`) : [group],
  );
  const table = guide.slice(guide.indexOf('| setting |'), guide.indexOf("The relay's folder"));
  const firstCells = table.split('\n').map((line) => line.split(' | ')[0] ?? '');
  const named = firstCells.flatMap((cell) => [...cell.matchAll(/`([\w.<>]+)`/g)].map((found) => found[1] ?? ''));
  const plain = named.map((name) => name.replace(/\.<name>.*$/, ''));
  expect(plain.toSorted()).toEqual(known.toSorted());
});

test.each([...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map((found) => [found[1] ?? '']))(
  'the configuration in the guide is right: %s',
  (text) => {
    const routed = text.includes('upstreams:') ? text : text.replace('model: fast', 'model: any');
    expect(() => parseSettings(routed, 'relay.yaml')).not.toThrow();
  },
);
