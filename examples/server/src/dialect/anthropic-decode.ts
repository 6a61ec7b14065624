import type { JsonSchema, ModelRequest, ToolChoice, ToolSpec } from '@capstan/sdk/contract';
import { anthropicHistory, systemText } from './anthropic-history.ts';
import type { Inbound, RouteFacts } from './dialect.ts';
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
  refused,
  someAt,
  textsAt,
} from './fields.ts';
import { offered } from './openai-tools.ts';
import { reasoningOf, reasoningOfBudget, requestOf } from './settings.ts';

/** Reads the body of a Messages request (https://platform.claude.com/docs/en/api/messages, 2026-11-21). */
export function decodeAnthropic(value: unknown, { count = false }: RouteFacts): Inbound {
  const body = objectAt(value, 'body');
  const model = nameAt(body['model'], 'model');
  const maxOutputTokens = maybeCount(body['max_tokens'], 'max_tokens');
  if (maxOutputTokens === undefined && !count)
    throw refused('max_tokens', 'give the most tokens that the reply may have.');
  const tools = listAt(body['tools'], 'tools').flatMap((one, index) =>
    toolAt(objectAt(one, `tools[${index}]`), `tools[${index}]`),
  );
  const choice = maybeObject(body['tool_choice'], 'tool_choice');
  const once = choice && maybeFlag(choice['disable_parallel_tool_use'], 'tool_choice.disable_parallel_tool_use');
  return {
    model,
    stream: maybeFlag(body['stream'], 'stream') ?? false,
    wants: {},
    request: requestOf(anthropicHistory(someAt(body['messages'], 'messages')), {
      instructions: systemText(body['system']),
      tools,
      toolChoice: choice && choiceAt(choice, tools),
      parallelCalls: once ? false : undefined,
      maxOutputTokens,
      output: outputOf(body),
      sampling: {
        temperature: maybeNumber(body['temperature'], 'temperature', { least: 0, most: 1 }),
        topP: maybeNumber(body['top_p'], 'top_p', { least: 0, most: 1 }),
        topK: maybeCount(body['top_k'], 'top_k', 0),
        stop: stopAt(body['stop_sequences']),
      },
      reasoning: thinkingOf(body),
    }),
  };
}

/** Tools with a type of their own (web search, bash, computer) run at Anthropic or are known to it alone: left out. */
function toolAt(fields: Fields, where: string): readonly ToolSpec[] {
  const type = maybeText(fields['type'], `${where}.type`) ?? 'custom';
  if (type !== 'custom') return [];
  return [
    {
      name: nameAt(fields['name'], `${where}.name`),
      description: maybeText(fields['description'], `${where}.description`) ?? '',
      inputSchema: objectAt(fields['input_schema'], `${where}.input_schema`),
    },
  ];
}

function choiceAt(choice: Fields, tools: readonly ToolSpec[]): ToolChoice {
  switch (nameAt(choice['type'], 'tool_choice.type')) {
    case 'auto':
      return 'auto';
    case 'any':
      return 'required';
    case 'none':
      return 'none';
    case 'tool':
      return { tool: offered(tools, nameAt(choice['name'], 'tool_choice.name'), 'tool_choice') };
    default:
      throw refused('tool_choice.type', 'give "auto", "any", "tool" or "none".');
  }
}

/** `output_config.format`, or `output_format` of the beta before it. */
function outputOf(body: Fields): JsonSchema | undefined {
  const config = maybeObject(body['output_config'], 'output_config');
  const where = config?.['format'] ? 'output_config.format' : 'output_format';
  const format = maybeObject(config?.['format'] ?? body['output_format'], where);
  if (!format) return undefined;
  if (format['type'] !== 'json_schema') throw refused(`${where}.type`, 'give "json_schema".');
  return objectAt(format['schema'], `${where}.schema`);
}

function thinkingOf(body: Fields): ModelRequest['reasoning'] {
  const config = maybeObject(body['output_config'], 'output_config');
  const effort = reasoningOf(maybeText(config?.['effort'], 'output_config.effort'));
  const thinking = maybeObject(body['thinking'], 'thinking');
  if (!thinking) return effort;
  switch (nameAt(thinking['type'], 'thinking.type')) {
    case 'disabled':
    case 'between_tools':
      return 'off';
    case 'enabled': {
      const tokens = maybeCount(thinking['budget_tokens'], 'thinking.budget_tokens');
      return tokens === undefined ? effort : reasoningOfBudget(tokens);
    }
    default:
      return effort;
  }
}

function stopAt(value: unknown): readonly string[] | undefined {
  const texts = textsAt(value, 'stop_sequences').filter((text) => text.trim() !== '');
  return texts.length > 0 ? texts : undefined;
}
