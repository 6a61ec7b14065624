import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const src = join(import.meta.dirname, '..');
const heavy = ['openai', '@anthropic-ai/sdk', '@google/genai', 'ollama', 'node-llama-cpp', 'gpt-tokenizer'];
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.ts$/.test(file) && !/\.test\.ts$/.test(file),
);

/** Imports that a module makes when it is loaded; those of types are erased. */
function loadedBy(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)'/gms)].map((match) => match[1] ?? '');
}

test.each(files)('%s loads nothing heavy', (file) => {
  expect(loadedBy(file).filter((name) => heavy.includes(name))).toEqual([]);
});

test('the package loads no vendor before a model is asked', () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const name of loadedBy(file)) if (name.startsWith('.')) visit(join(file, '..', name));
  };
  visit('index.ts');
  const vendors = [...seen].filter((file) => /^(openai|anthropic|google|azure|openrouter|lmstudio|local)\//.test(file));
  expect(vendors).toEqual([]);
});
