import { modelSuite } from '@capstan/sdk/testing';
import { test } from 'vitest';
import { anthropicServer } from '../testing/anthropic-server.ts';
import { sceneReplies } from '../testing/scene-reply.ts';
import { anthropic } from './anthropic.ts';

const suite = modelSuite(async (scene) => {
  const server = await anthropicServer([sceneReplies[scene]]);
  const model = anthropic({ model: 'claude-sonnet-4-5', apiKey: 'sk-ant-suite-0123456789', baseURL: server.url });
  return { model, close: () => server.close() };
});

for (const { name, run } of suite) test(name, run);
