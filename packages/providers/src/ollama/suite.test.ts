import { modelSuite } from '@capstan/sdk/testing';
import { test } from 'vitest';
import { faultSuite } from '../testing/fault-suite.ts';
import { ollamaServer } from '../testing/ollama-server.ts';
import { sceneReplies } from '../testing/scene-reply.ts';
import type { ScriptedReply } from '../testing/scripted-reply.ts';
import { timeoutsFor } from '../testing/timeouts-for.ts';
import { ollama } from './ollama.ts';

const key = 'ollama-planted-key-0123456789';

async function open(reply: ScriptedReply) {
  const server = await ollamaServer([reply]);
  const model = ollama({
    model: 'qwen3:8b',
    apiKey: key,
    baseURL: server.url,
    timeouts: timeoutsFor(reply),
  });
  return { model, close: () => server.close() };
}

for (const { name, run } of modelSuite((scene) => open(sceneReplies[scene]))) test(name, run);
for (const { name, run } of faultSuite({ key, open })) test(name, run);
