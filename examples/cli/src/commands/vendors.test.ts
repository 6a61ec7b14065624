import { expect, test } from 'vitest';
import {
  anthropicServer,
  googleServer,
  ollamaServer,
  openaiServer,
  type LoopbackServer,
  type ScriptedReply,
} from '@capstan/providers/testing';
import { cli, envelopeOf, scratch } from '../testing/scratch.ts';

const key = 'sk-planted-0123456789abcdef';
const usage = { inputTokens: 11, outputTokens: 7 };
const script: readonly ScriptedReply[] = [
  { calls: [{ tool: 'read', input: { path: 'a.txt' } }], usage },
  { text: 'It says one.', usage },
];

type Serve = (script: readonly ScriptedReply[]) => Promise<LoopbackServer>;

test.each<[string, Serve, (url: string) => Record<string, string>]>([
  ['openai/loopback-1', openaiServer, (url) => ({ OPENAI_API_KEY: key, OPENAI_BASE_URL: `${url}/v1` })],
  ['anthropic/claude-haiku-4-5', anthropicServer, (url) => ({ ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: url })],
  ['google/gemini-2.5-flash', googleServer, (url) => ({ GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: url })],
  ['openrouter/some/model', openaiServer, (url) => ({ OPENROUTER_API_KEY: key, OPENROUTER_BASE_URL: `${url}/v1` })],
  ['azure/deployment', openaiServer, (url) => ({ AZURE_OPENAI_API_KEY: key, AZURE_OPENAI_ENDPOINT: url })],
  ['nebius/some/model', openaiServer, (url) => ({ NEBIUS_API_KEY: key, NEBIUS_BASE_URL: `${url}/v1` })],
  ['deepseek/deepseek-flash', openaiServer, (url) => ({ DEEPSEEK_API_KEY: key, DEEPSEEK_BASE_URL: `${url}/v1` })],
  ['lmstudio/some/model', openaiServer, (url) => ({ LM_API_TOKEN: key, LMSTUDIO_BASE_URL: `${url}/v1` })],
  ['ollama/loopback:1b', ollamaServer, (url) => ({ OLLAMA_HOST: url })],
])('%s does a task with a tool', async (id, serve, envOf) => {
  using repo = scratch({ 'a.txt': 'one\n' });
  await using server = await serve(script);
  const ended = await cli(['run', '--json', '-m', id, 'what is in a.txt?'], { cwd: repo.root, env: envOf(server.url) });
  expect(envelopeOf(ended)).toMatchObject({
    ok: true,
    payload: {
      model: id,
      text: 'It says one.',
      turns: 2,
      usage: { inputTokens: 22, outputTokens: 14 },
    },
  });
  expect(ended.stdout + ended.stderr).not.toContain(key);
});
