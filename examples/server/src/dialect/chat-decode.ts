import type { JsonSchema } from '@capstan/sdk/contract';
import { chatHistory } from './chat-history.ts';
import type { Inbound } from './dialect.ts';
import {
  type Fields,
  listAt,
  maybeCount,
  maybeFlag,
  maybeNumber,
  maybeObject,
  maybeText,
  nameAt,
  objectAt,
  present,
  refused,
  textsAt,
} from './fields.ts';
import { functionAt, openaiTools, type OpenaiTools } from './openai-tools.ts';
import { anyJson, joinInstructions, reasoningOf, requestOf } from './settings.ts';

/** Reads the body of a Chat Completions request (https://platform.openai.com/docs/api-reference/chat/create, 2026-11-21). */
export function decodeChat(value: unknown): Inbound {
  const body = objectAt(value, 'body');
  refuseUnable(body);
  const model = nameAt(body['model'], 'model');
  const { messages, instructions } = chatHistory(body['messages']);
  const { tools, toolChoice, custom } = withLegacy(openaiTools(body), body);
  const format = formatAt(maybeObject(body['response_format'], 'response_format'), 'response_format');
  const stream = maybeFlag(body['stream'], 'stream') ?? false;
  const options = maybeObject(body['stream_options'], 'stream_options') ?? {};
  return {
    model,
    stream,
    wants: present({
      includeUsage: maybeFlag(options['include_usage'], 'stream_options.include_usage') ?? false,
      custom: custom.length > 0 ? custom : undefined,
    }),
    request: requestOf(messages, {
      instructions: joinInstructions(instructions, format.told),
      tools,
      toolChoice,
      parallelCalls: maybeFlag(body['parallel_tool_calls'], 'parallel_tool_calls'),
      maxOutputTokens:
        maybeCount(body['max_completion_tokens'], 'max_completion_tokens') ??
        maybeCount(body['max_tokens'], 'max_tokens'),
      output: format.output,
      seed: maybeCount(body['seed'], 'seed', Number.MIN_SAFE_INTEGER),
      sampling: {
        temperature: maybeNumber(body['temperature'], 'temperature', { least: 0, most: 2 }),
        topP: maybeNumber(body['top_p'], 'top_p', { least: 0, most: 1 }),
        stop: stopAt(body['stop']),
        frequencyPenalty: maybeNumber(body['frequency_penalty'], 'frequency_penalty', { least: -2, most: 2 }),
        presencePenalty: maybeNumber(body['presence_penalty'], 'presence_penalty', { least: -2, most: 2 }),
      },
      reasoning: reasoningOf(maybeText(body['reasoning_effort'], 'reasoning_effort')),
    }),
  };
}

/** What would change the reply in a way that not every vendor can. */
function refuseUnable(body: Fields): void {
  if ((maybeCount(body['n'], 'n') ?? 1) > 1)
    throw refused('n', 'only one choice can be made. Send the request again for more.');
  if (maybeFlag(body['logprobs'], 'logprobs')) throw refused('logprobs', 'log probabilities cannot be given.');
  const modalities = textsAt(body['modalities'], 'modalities');
  if (modalities.some((one) => one !== 'text')) throw refused('modalities', 'only text can be made.');
}

function stopAt(value: unknown): readonly string[] | undefined {
  const texts = textsAt(value, 'stop').filter((text) => text !== '');
  return texts.length > 0 ? texts : undefined;
}

/** A reply that is JSON: by its schema, or any object, which the model is told. */
export function formatAt(
  format: Fields | undefined,
  where: string,
): { readonly output?: JsonSchema; readonly told?: string } {
  const type = format && nameAt(format['type'], `${where}.type`);
  if (format === undefined || type === 'text') return {};
  if (type === 'json_object') return { told: anyJson };
  if (type !== 'json_schema') throw refused(`${where}.type`, 'give "text", "json_object" or "json_schema".');
  const inner = maybeObject(format['json_schema'], `${where}.json_schema`);
  const place = inner ? `${where}.json_schema.schema` : `${where}.schema`;
  const schema = maybeObject((inner ?? format)['schema'], place);
  return schema ? { output: schema } : { told: anyJson };
}

/** `functions` and `function_call`, which tools have replaced. */
function withLegacy(found: OpenaiTools, body: Fields): OpenaiTools {
  const functions = listAt(body['functions'], 'functions').map((one, index) =>
    functionAt(objectAt(one, `functions[${index}]`), `functions[${index}]`),
  );
  if (functions.length === 0) return found;
  const tools = [...found.tools, ...functions];
  const asked = body['function_call'];
  if (asked === undefined || asked === null || asked === 'auto') return { ...found, tools };
  if (asked === 'none') return { ...found, tools, toolChoice: 'none' };
  const tool = nameAt(objectAt(asked, 'function_call')['name'], 'function_call.name');
  if (!tools.some(({ name }) => name === tool)) throw refused('function_call', `there is no function "${tool}".`);
  return { ...found, tools, toolChoice: { tool } };
}
