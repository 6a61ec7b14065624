import { expect, test } from 'vitest';
import { model } from './model.ts';
import { vendors } from './vendors.ts';

const env = {};

test.each(['openai/', '/x', 'gpt-5', 'nobody/x', 'toString/x', ''])('"%s" names no model', (id) => {
  expect(() => model(id)).toThrow(expect.objectContaining({ code: 'invalid_config' }));
});

test('a model knows its limits and its price before anything is loaded', () => {
  expect(model('anthropic/claude-sonnet-4-5').info).toMatchObject({ contextWindow: 200_000, price: { input: 3 } });
});

test('behind another address nothing is taken from the price list', () => {
  expect(model('openai/gpt-5', { baseURL: 'http://127.0.0.1:9/v1' }).info).toEqual({});
  expect(model('openai/gpt-5', { baseURL: 'http://127.0.0.1:9/v1', info: { tools: true } }).info).toEqual({
    tools: true,
  });
});

test.each(['ollama/qwen3:8b', 'lmstudio/qwen/qwen3-8b'])('%s costs nothing', (id) => {
  expect(model(id, { env }).info).toMatchObject({ price: { input: 0, output: 0 }, local: true });
});

test('a server elsewhere may cost something', () => {
  expect(model('ollama/gpt-oss:120b-cloud', { env }).info).toEqual({});
  expect(model('lmstudio/x', { env, baseURL: 'https://models.example.com/v1' }).info).toEqual({});
});

test.each(Object.entries(vendors))('%s makes models of its own name', async (name, vendor) => {
  const made = await vendor.model({ model: 'some/model', apiKey: 'k', baseURL: 'http://127.0.0.1:9', env });
  expect(made.id).toMatch(new RegExp(`^${name}/(some/)?model$`));
});
