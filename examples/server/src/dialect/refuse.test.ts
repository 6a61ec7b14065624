import { isCapstanError } from '@capstan/sdk/contract';
import { describe, expect, test } from 'vitest';
import { leastBodies } from '../testing/least-bodies.ts';
import type { DialectName } from './dialect.ts';
import { dialects } from './dialects.ts';

const chatTool = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } };

function errorOf(name: DialectName, more: object): unknown {
  try {
    return dialects[name].decode({ ...leastBodies[name], ...more }, { model: 'm' }).request;
  } catch (error) {
    return isCapstanError(error) ? [error.code, error.details.where] : error;
  }
}

describe('what cannot be done is refused by its field', () => {
  test.each<[DialectName, object, string]>([
    ['openai-chat', { messages: [] }, 'messages'],
    ['openai-chat', { messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
    [
      'openai-chat',
      { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] },
      'messages[0].content[0].type',
    ],
    [
      'openai-chat',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }] }] },
      'messages[0].content[0].image_url.url',
    ],
    [
      'openai-chat',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'x' } }] }] },
      'messages[0].content[0].file',
    ],
    ['openai-chat', { n: 2 }, 'n'],
    ['openai-chat', { logprobs: true }, 'logprobs'],
    ['openai-chat', { temperature: 'hot' }, 'temperature'],
    ['openai-chat', { temperature: 3 }, 'temperature'],
    ['openai-chat', { max_tokens: 0 }, 'max_tokens'],
    ['openai-chat', { max_tokens: 1.5 }, 'max_tokens'],
    [
      'openai-chat',
      { tools: [chatTool], tool_choice: { type: 'function', function: { name: 'other' } } },
      'tool_choice',
    ],
    ['openai-chat', { tools: [{ type: 'function', function: { name: 7 } }] }, 'tools[0].function.name'],
    ['openai-responses', { previous_response_id: 'resp_1' }, 'previous_response_id'],
    ['openai-responses', { conversation: 'conv_1' }, 'conversation'],
    ['openai-responses', { background: true }, 'background'],
    ['openai-responses', { input: [{ type: 'item_reference', id: 'x' }] }, 'input[0]'],
    [
      'openai-responses',
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'x' }] }] },
      'input[0].content[0].image_url',
    ],
    ['anthropic', { max_tokens: undefined }, 'max_tokens'],
    [
      'anthropic',
      { messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] },
      'messages[0].content[0].tool_use_id',
    ],
    ['anthropic', { tools: [{ name: 'x' }] }, 'tools[0].input_schema'],
    ['anthropic', { temperature: 1.5 }, 'temperature'],
    ['google', { contents: [] }, 'contents'],
    ['google', { contents: [{ role: 'system', parts: [{ text: 'x' }] }] }, 'contents[0].role'],
    ['google', { cachedContent: 'cachedContents/x' }, 'cachedContent'],
    ['google', { generationConfig: { candidateCount: 2 } }, 'generationConfig.candidateCount'],
    ['google', { generationConfig: { responseModalities: ['IMAGE'] } }, 'generationConfig.responseModalities'],
  ])('%s %j', (name, more, where) => {
    expect(errorOf(name, more)).toEqual(['invalid_config', where]);
  });
});
