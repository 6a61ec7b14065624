import { modelSuite } from '@capstan/sdk/testing';
import { test } from 'vitest';
import { googleServer } from '../testing/google-server.ts';
import { sceneReplies } from '../testing/scene-reply.ts';
import { google } from './google.ts';

const suite = modelSuite(async (scene) => {
  const server = await googleServer([sceneReplies[scene]]);
  const model = google({
    model: 'gemini-3-pro',
    apiKey: 'AIzaSuite0123456789abcdefghijklmnopqrst',
    baseURL: server.url,
  });
  return { model, close: () => server.close() };
});

for (const { name, run } of suite) test(name, run);
