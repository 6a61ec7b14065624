import { expect, test } from 'vitest';
import { environmentSettings } from './environment-settings.ts';
import { parseSettings } from './parse-settings.ts';

test('JSON and YAML say the same', () => {
  const yaml =
    'upstreams:\n  main:\n    kind: openai\n    keys: [{ env: KEY }]\nroutes:\n  - { model: a, to: [main/b] }\n';
  const json =
    '{"upstreams":{"main":{"kind":"openai","keys":[{"env":"KEY"}]}},"routes":[{"model":"a","to":["main/b"]}]}';
  expect(parseSettings(yaml, 'f')).toEqual(parseSettings(json, 'f'));
});

test.each([
  ['upstreams:\n  main:\n    kind: opnai\n', 'relay.yaml:3: upstreams.main.kind'],
  ['upstreams:\n  main:\n    kind: openai\n    keyz: []\n', 'relay.yaml:4: upstreams.main.keyz is no setting'],
  ['{\n "server": {\n  "port": 99999\n }\n}', 'relay.yaml:3: server.port'],
  ['routes:\n  - model: a\n    to:\n      - main/b\n', 'relay.yaml:4: routes.0.to.0 leads to "main"'],
  ['a: [', 'relay.yaml:1: '],
  ['a: 1\na: 2\n', 'relay.yaml:2: '],
])('%j is refused with its line and field', (text, expected) => {
  expect(() => parseSettings(text, 'relay.yaml')).toThrow(expected);
});

test('a key in the file is refused and not repeated', () => {
  const text = 'upstreams:\n  main:\n    kind: openai\n    keys: [sk-0123456789abcdef]\n';
  let message = '';
  try {
    parseSettings(text, 'f');
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toContain('no key stands in this file');
  expect(message).not.toContain('0123456789');
});

test('aliases that unfold without end are refused', () => {
  const levels = Array.from(
    { length: 12 },
    (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(',')}]`,
  );
  expect(() => parseSettings(`a0: &a0 x\n${levels.join('\n')}\n`, 'f')).toThrow('f:');
});

test('the environment names upstreams and their keys', () => {
  const settings = environmentSettings({
    OPENAI_API_KEY: 'a',
    OPENAI_API_KEY_2: 'b',
    GOOGLE_API_KEY: 'c',
    AZURE_OPENAI_API_KEY: 'd',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
  });
  expect(Object.keys(settings.upstreams)).toEqual(['openai', 'google']);
  expect(settings.upstreams['openai']?.keys).toEqual([{ env: 'OPENAI_API_KEY' }, { env: 'OPENAI_API_KEY_2' }]);
});
