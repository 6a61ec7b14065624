import type { Json, JsonSchema, ModelRequest, ToolSpec } from '@capstan/sdk/contract';
import { type CacheTtl, conversationJson, withBreakpoint } from './conversation.ts';
import type { AnthropicRequestOptions, RequestTarget } from './options.ts';
import { lacksReasoning } from '../catalogue/check-reasoning.ts';
import { jsonCache } from '../wire/json.ts';
import { reasoningOptions } from './reasoning.ts';
import { objectSchema } from './schema.ts';

/** The tool that carries an answer of a schema for models without structured output of their own. */
export const outputTool = 'final_answer';

/** A request of the Messages API, ready to be sent. */
export interface MessagesRequest {
  /** JSON text. */
  readonly body: string;
  /** Values of the `anthropic-beta` header. */
  readonly betas: readonly string[];
}

/** Turns a schema into the subset that structured output takes. */
export type SchemaTransform = (schema: JsonSchema) => JsonSchema;

/** An output limit for models of which none is known; every Claude since version 4 takes it. */
const defaultMaxTokens = 32_000;
const leastThinking = 1024;

/**
 * Writes the body of one call of the Messages API (https://platform.claude.com/docs/en/api/messages, 2026-11-21).
 *
 * The text is joined from pieces that are kept per message and per tool, so its cost does not grow with what was sent before.
 */
export function messagesRequest(
  request: ModelRequest,
  target: RequestTarget,
  options: AnthropicRequestOptions,
  transform: SchemaTransform,
): MessagesRequest {
  const maxTokens = request.maxOutputTokens ?? target.info.maxOutputTokens ?? defaultMaxTokens;
  const ttl = options.cache === 'off' ? undefined : (options.cache ?? '5m');
  const asked = heeding(request, options, target);
  const thinking = thinkingOf(asked, maxTokens);
  const byTool = answersByTool(request, options, target.model);
  const choice = toolChoice(request, { thinking, byTool });
  const tools = toolsJson(request, options, { ttl, byTool });
  const config = outputConfig(request, asked, byTool ? undefined : transform);
  const fields: string[] = [
    `"model":${JSON.stringify(target.model)}`,
    `"max_tokens":${maxTokens}`,
    '"stream":true',
    ...(tools === undefined ? [] : [`"tools":${tools}`]),
    ...(choice === undefined || tools === undefined ? [] : [`"tool_choice":${choice}`]),
    ...(request.instructions?.trim() ? [`"system":[${systemBlock(request.instructions, ttl)}]`] : []),
    ...(thinking === undefined ? [] : [`"thinking":${JSON.stringify(thinking)}`]),
    ...(config === undefined ? [] : [`"output_config":${JSON.stringify(config)}`]),
    ...samplingFields(request, target.model, thinking),
  ].filter((field) => !overridden(field, options.body));
  if (options.body?.['messages'] === undefined) fields.push(`"messages":${conversationJson(request.messages, ttl)}`);
  for (const [name, value] of Object.entries(options.body ?? {}))
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return { body: `{${fields.join(',')}}`, betas: betasOf(asked, thinking) };
}

function overridden(field: string, body: AnthropicRequestOptions['body']): boolean {
  return body !== undefined && Object.keys(body).some((name) => field.startsWith(`${JSON.stringify(name)}:`));
}

type Thinking = { readonly type: string; readonly budget_tokens?: number; readonly display?: 'summarized' };

/** A thinking budget must leave room for an answer; a call with little room left does not think. */
function thinkingOf({ thinking }: AnthropicRequestOptions, maxTokens: number): Thinking | undefined {
  if (thinking === undefined) return undefined;
  if (thinking === 'off') return { type: 'disabled' };
  // Newer models leave the text of their thoughts out unless they are asked for a summary.
  if (thinking === 'adaptive') return { type: 'adaptive', display: 'summarized' };
  if (thinking === 'between-tools') return { type: 'between_tools' };
  const room = Math.min(Math.max(thinking.budgetTokens, leastThinking), maxTokens - 1);
  return room < leastThinking ? { type: 'disabled' } : { type: 'enabled', budget_tokens: room };
}

function betasOf({ thinking }: AnthropicRequestOptions, sent: Thinking | undefined): string[] {
  const interleaved = sent?.type === 'enabled' && typeof thinking === 'object' && thinking.interleaved !== false;
  return interleaved ? ['interleaved-thinking-2025-05-14'] : [];
}

/** Tells whether an answer of a schema comes as the arguments of `outputTool`. */
export function answersByTool(
  { output }: ModelRequest,
  { structured }: AnthropicRequestOptions,
  model: string,
): boolean {
  if (output === undefined) return false;
  return structured === undefined ? /claude-(3|(opus|sonnet)-4(-0|-2|$))/.test(model) : structured === 'tool';
}

function outputConfig(
  request: ModelRequest,
  { effort }: AnthropicRequestOptions,
  transform: SchemaTransform | undefined,
): Json | undefined {
  const schema =
    request.output && transform ? (transform(request.output) as { readonly [key: string]: Json }) : undefined;
  if (schema === undefined && effort === undefined) return undefined;
  return {
    ...(effort === undefined ? {} : { effort }),
    ...(schema === undefined ? {} : { format: { type: 'json_schema', schema } }),
  };
}

/** A model that thinks may not be forced to a tool. */
function toolChoice(
  { tools, toolChoice: asked = 'auto', parallelCalls }: ModelRequest,
  { thinking, byTool }: { readonly thinking: Thinking | undefined; readonly byTool: boolean },
): string | undefined {
  const one = parallelCalls === false && !byTool ? { disable_parallel_tool_use: true } : {};
  const thinks = thinking !== undefined && thinking.type !== 'disabled';
  if (byTool && !thinks)
    return tools.length > 0 ? '{"type":"any"}' : JSON.stringify({ type: 'tool', name: outputTool });
  if (asked === 'none' && !byTool) return '{"type":"none"}';
  if (!thinks && asked === 'required') return JSON.stringify({ type: 'any', ...one });
  if (!thinks && typeof asked === 'object') return JSON.stringify({ type: 'tool', name: asked.tool, ...one });
  return byTool || 'disable_parallel_tool_use' in one ? JSON.stringify({ type: 'auto', ...one }) : undefined;
}

/** Heeds a request's wish to think where the model can; a demanded call goes before it, as they exclude each other. */
function heeding(request: ModelRequest, options: AnthropicRequestOptions, target: RequestTarget) {
  const level = request.reasoning;
  const demanded = request.toolChoice === 'required' || typeof request.toolChoice === 'object';
  const able = target.info.reasoning ?? target.model.includes('claude');
  if (level === undefined || demanded || !able || lacksReasoning(`anthropic/${target.model}`, level)) return options;
  return { ...options, ...reasoningOptions(level, target.model) };
}

/** Claude since Opus 4.7 and the generation of 5 chooses its tokens itself and refuses to be told how. */
const choosesItself = /claude-(opus-4-[7-9]|(opus|sonnet|haiku|fable|mythos)-[5-9])/;

/** One of temperature and `top_p` at most; none of them while the model thinks. */
function samplingFields(
  { sampling = {} }: ModelRequest,
  model: string,
  thinking: Thinking | undefined,
): readonly string[] {
  const { temperature, topP, topK, stop } = sampling;
  const texts = stop?.filter((text) => text.trim() !== '') ?? [];
  const fields: string[] = texts.length > 0 ? [`"stop_sequences":${JSON.stringify(texts)}`] : [];
  if (choosesItself.test(model) || (thinking !== undefined && thinking.type !== 'disabled')) return fields;
  if (temperature !== undefined) fields.push(`"temperature":${Math.min(1, Math.max(0, temperature))}`);
  else if (topP !== undefined) fields.push(`"top_p":${topP}`);
  if (topK !== undefined) fields.push(`"top_k":${topK}`);
  return fields;
}

function systemBlock(instructions: string, ttl: CacheTtl | undefined): string {
  const block = JSON.stringify({ type: 'text', text: instructions });
  return ttl === undefined ? block : withBreakpoint(block, ttl);
}

function toolsJson(
  { tools, output }: ModelRequest,
  { serverTools = [], eagerTools }: AnthropicRequestOptions,
  { ttl, byTool }: { readonly ttl: CacheTtl | undefined; readonly byTool: boolean },
): string | undefined {
  const texts = serverTools.map((tool) => JSON.stringify(tool));
  for (const tool of tools) {
    const text = toolJson(tool);
    texts.push(eagerTools ? `${text.slice(0, -1)},"eager_input_streaming":true}` : text);
  }
  if (byTool && output) {
    const description = 'Gives the final answer. Call it once, when the work is done.';
    texts.push(toolJson({ name: outputTool, description, inputSchema: output }));
  }
  const last = texts.pop();
  if (last === undefined) return undefined;
  return `[${[...texts, ttl === undefined ? last : withBreakpoint(last, ttl)].join(',')}]`;
}

const toolJson = jsonCache(({ name, description, inputSchema }: ToolSpec) =>
  JSON.stringify({ name, description, input_schema: objectSchema(inputSchema) }),
);
