import type { Model } from '@capstan/sdk/contract';
import { modelSuite } from '@capstan/sdk/testing';
import { describe, test } from 'vitest';
import { faultSuite } from '../testing/fault-suite.ts';
import { openaiServer } from '../testing/openai-server.ts';
import { sceneReplies } from '../testing/scene-reply.ts';
import type { ScriptedReply } from '../testing/scripted-reply.ts';
import { timeoutsFor } from '../testing/timeouts-for.ts';
import { fallback } from './fallback.ts';
import { model } from './model.ts';
import { speedLog } from './speed-log.ts';

const key = 'sk-planted-0123456789abcdef';

const wrappings: readonly [string, (model: Model) => Model][] = [
  ['loaded late', (one) => one],
  ['in a fall-back', (one) => fallback([one])],
  ['measured', (one) => speedLog().measure(one)],
];

/** Vendors that speak OpenAI's API, and the path under which each is served. */
const vendors = { openai: '/v1', azure: '', openrouter: '/v1', lmstudio: '/v1', nebius: '/v1', deepseek: '/v1' };

function opener(vendor: keyof typeof vendors, wrap: (model: Model) => Model = (one) => one) {
  return async (reply: ScriptedReply) => {
    const server = await openaiServer([reply]);
    const timeouts = timeoutsFor(reply);
    const baseURL = `${server.url}${vendors[vendor]}`;
    return {
      model: wrap(model(`${vendor}/loopback-1`, { apiKey: key, baseURL, timeouts })),
      close: () => server.close(),
    };
  };
}

describe.each(wrappings)('a model %s', (_, wrap) => {
  const open = opener('openai', wrap);
  for (const { name, run } of modelSuite((scene) => open(sceneReplies[scene]))) test(name, run);
  for (const { name, run } of faultSuite({ key, open })) test(name, run);
});

describe.each(Object.keys(vendors) as (keyof typeof vendors)[])('%s', (vendor) => {
  const open = opener(vendor);
  for (const { name, run } of modelSuite((scene) => open(sceneReplies[scene]))) test(name, run);
  for (const { name, run } of faultSuite({ key, open })) test(name, run);
});
