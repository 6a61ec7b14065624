import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

/** The packages of others that a piece of code loads, in a Node of its own. */
async function loadedBy(code: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const found = new Set();
    registerHooks({
      load(url, context, next) {
        const name = /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url)?.[1];
        if (name) found.add(name);
        return next(url, context);
      },
    });
    ${code}
    console.log(JSON.stringify([...found]));
    process.exit();
  `;
  const args = ['--conditions=@capstan/source', '--input-type=module', '--eval', script];
  const { stdout } = await run(process.execPath, args, { cwd: packageRoot, timeout: 15_000 });
  return JSON.parse(stdout) as string[];
}

/** Small, and bundled into what is published. */
const bundled = ['ulid', 'eventemitter3', 'eventsource-parser', '@anthropic-ai/sdk'];

test('importing the package and every vendor loads no other package', async () => {
  const entries = ['', '/openai', '/anthropic', '/google', '/ollama', '/local', '/tape', '/practice', '/testing'];
  const code = entries.map((entry) => `await import('@capstan/providers${entry}');`).join('\n');
  const loaded = await loadedBy(code);
  expect(loaded.filter((name) => !bundled.includes(name))).toEqual([]);
});

test.each([
  ['anthropic', 'claude-sonnet-4-5'],
  ['google', 'gemini-3-pro'],
  ['openai', 'chat-loopback'],
  ['ollama', 'qwen3:8b'],
])('a call of %s needs no other package', async (vendor, name) => {
  const code = `
    const { model } = await import('@capstan/providers');
    const { ${vendor}Server } = await import('@capstan/providers/testing');
    const server = await ${vendor}Server([{ text: 'hi' }]);
    const baseURL = server.url + ${JSON.stringify(vendor === 'openai' ? '/v1' : '')};
    const one = model('${vendor}/${name}', { apiKey: 'planted-key-0123456789', baseURL });
    const request = { messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }], tools: [] };
    let text = '';
    for await (const event of one.stream(request, { signal: new AbortController().signal })) if (event.type === 'text.delta') text += event.text;
    if (text !== 'hi') throw new Error(text);
  `;
  const loaded = await loadedBy(code);
  expect(loaded.filter((each) => !bundled.includes(each))).toEqual([]);
});
