import { formatAt } from './chat-decode.ts';
import type { Inbound } from './dialect.ts';
import {
  type Fields,
  maybeCount,
  maybeFlag,
  maybeNumber,
  maybeObject,
  maybeText,
  nameAt,
  objectAt,
  present,
  refused,
} from './fields.ts';
import { openaiTools } from './openai-tools.ts';
import { responsesHistory } from './responses-history.ts';
import { joinInstructions, reasoningOf, requestOf } from './settings.ts';

/** Reads the body of a Responses request (https://platform.openai.com/docs/api-reference/responses/create, 2026-11-21). */
export function decodeResponses(value: unknown): Inbound {
  const body = objectAt(value, 'body');
  refuseUnable(body);
  const model = nameAt(body['model'], 'model');
  const { messages, instructions } = responsesHistory(body['input']);
  const { tools, toolChoice, custom, grouped } = openaiTools(body);
  const text = maybeObject(body['text'], 'text') ?? {};
  const { output, told } = formatAt(maybeObject(text['format'], 'text.format'), 'text.format');
  const thinking = maybeObject(body['reasoning'], 'reasoning') ?? {};
  return {
    model,
    stream: maybeFlag(body['stream'], 'stream') ?? false,
    wants: present({
      echo: echoOf(body),
      custom: custom.length > 0 ? custom : undefined,
      grouped: Object.keys(grouped).length > 0 ? grouped : undefined,
    }),
    request: requestOf(messages, {
      instructions: joinInstructions(maybeText(body['instructions'], 'instructions'), instructions, told),
      tools,
      toolChoice,
      parallelCalls: maybeFlag(body['parallel_tool_calls'], 'parallel_tool_calls'),
      maxOutputTokens: maybeCount(body['max_output_tokens'], 'max_output_tokens'),
      output,
      sampling: {
        temperature: maybeNumber(body['temperature'], 'temperature', { least: 0, most: 2 }),
        topP: maybeNumber(body['top_p'], 'top_p', { least: 0, most: 1 }),
      },
      reasoning: reasoningOf(maybeText(thinking['effort'], 'reasoning.effort')),
    }),
  };
}

/** Nothing is stored here, so nothing can be looked up or made later. */
function refuseUnable(body: Fields): void {
  const next = 'nothing is stored here. Send the whole input again, with store set to false.';
  for (const field of ['previous_response_id', 'conversation'])
    if (body[field] !== undefined && body[field] !== null) throw refused(field, next);
  if (maybeFlag(body['background'], 'background')) throw refused('background', next);
  if (maybeObject(body['prompt'], 'prompt')) throw refused('prompt', 'prompts stored at a vendor cannot be used here.');
  if ((maybeCount(body['top_logprobs'], 'top_logprobs', 0) ?? 0) > 0)
    throw refused('top_logprobs', 'log probabilities cannot be given.');
}

const echoed = [
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'parallel_tool_calls',
  'prompt_cache_key',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_p',
  'truncation',
  'user',
];

/** What a response repeats of its request. */
function echoOf(body: Fields): Fields {
  return Object.fromEntries(echoed.filter((field) => body[field] !== undefined).map((field) => [field, body[field]]));
}
