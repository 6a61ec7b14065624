import type { Json, JsonSchema, ModelInfo, ModelRequest, ToolSpec } from '@capstan/sdk/contract';
import { lacksReasoning } from '../catalogue/check-reasoning.ts';
import { contentsOf } from './contents.ts';
import { generationOf, type GoogleRequestOptions } from './options.ts';
import { reasoningOptions } from './reasoning.ts';
import { geminiSchema } from './schema.ts';

/** The function that carries an answer of a schema where structured output and tools do not go together. */
export const outputTool = 'final_answer';

/** What a request is made for. */
export interface RequestTarget {
  readonly model: string;
  readonly info: ModelInfo;
}

/** Translates schemas and tells what had to be left out. */
export interface Translator {
  /** @param name Whose schema it is, for example `the tool read`. */
  readonly translate: (schema: JsonSchema, name: string) => JsonSchema;
  /** Tells all that was left out since it last told, and was never told before, in one warning. */
  readonly tell: () => void;
}

/** Makes a translator that keeps what it has made. */
export function translator(model: string, warn: NonNullable<GoogleRequestOptions['warn']>): Translator {
  const known = new WeakMap<JsonSchema, JsonSchema>();
  const told = new Set<string>();
  let untold: string[] = [];
  return {
    translate(whole, name) {
      const kept = known.get(whole);
      if (kept) return kept;
      const { schema, dropped } = geminiSchema(whole);
      known.set(whole, schema);
      const text = `${dropped.join(', ')} (${name})`;
      if (dropped.length > 0 && !told.has(text)) untold.push(text);
      told.add(text);
      return schema;
    },
    tell() {
      if (untold.length === 0) return;
      warn(`${model} does not take ${untold.join('; ')}. The model reads it as words; Capstan still checks it.`);
      untold = [];
    },
  };
}

/** Writes the body of one call of `streamGenerateContent` (https://ai.google.dev/api/generate-content, 2026-11-21). */
export function generateRequest(
  request: ModelRequest,
  target: RequestTarget,
  options: GoogleRequestOptions,
  { translate, tell }: Translator,
): string {
  const byTool = answersByTool(request, options, target.model);
  const contents = contentsOf(request.messages, { current: (generationOf(target.model) ?? 0) >= 3 });
  const tools = toolsOf(request, options, { byTool, translate });
  const config = generationConfig(request, target, heeding(request, options, target), byTool ? undefined : translate);
  const calling = callingConfig(request, byTool);
  tell();
  const fields: { readonly [name: string]: Json | undefined } = {
    ...(request.instructions?.trim() ? { systemInstruction: { parts: [{ text: request.instructions }] } } : {}),
    ...(tools.length > 0 ? { tools } : {}),
    ...(calling && tools.length > 0 ? { toolConfig: { functionCallingConfig: calling } } : {}),
    ...(Object.keys(config).length > 0 ? { generationConfig: config } : {}),
    ...(contents.continuationToken === undefined ? {} : { continuationToken: contents.continuationToken }),
    ...options.body,
  };
  const head = JSON.stringify(fields).slice(0, -1);
  if (fields['contents'] !== undefined) return `${head}}`;
  return `${head}${head === '{' ? '' : ','}"contents":${contents.json}}`;
}

function callingConfig({ toolChoice }: ModelRequest, byTool: boolean): { readonly [name: string]: Json } | undefined {
  if (byTool || toolChoice === 'required') return { mode: 'ANY' };
  if (toolChoice === 'none') return { mode: 'NONE' };
  return typeof toolChoice === 'object' ? { mode: 'ANY', allowedFunctionNames: [toolChoice.tool] } : undefined;
}

/** Heeds a request's wish to think where the model can. */
function heeding(
  { reasoning: level }: ModelRequest,
  options: GoogleRequestOptions,
  { model, info }: RequestTarget,
): GoogleRequestOptions {
  const able = info.reasoning ?? (generationOf(model) ?? 0) >= 2.5;
  if (level === undefined || !able || lacksReasoning(`google/${model}`, level)) return options;
  return { ...options, ...reasoningOptions(level, model) };
}

/** Tells whether an answer of a schema comes as the arguments of `outputTool`. */
export function answersByTool(
  { output, tools }: ModelRequest,
  { structured }: GoogleRequestOptions,
  model: string,
): boolean {
  if (output === undefined) return false;
  return structured === undefined ? tools.length > 0 && (generationOf(model) ?? 0) < 3 : structured === 'tool';
}

function toolsOf(
  { tools, output }: ModelRequest,
  { serverTools = [] }: GoogleRequestOptions,
  how: { readonly byTool: boolean; readonly translate: Translator['translate'] },
): Json[] {
  const declared = tools.map((tool) => declarationOf(tool, how.translate));
  if (how.byTool && output) {
    const description = 'Gives the final answer. Call it once, when the work is done.';
    declared.push(declarationOf({ name: outputTool, description, inputSchema: output }, how.translate));
  }
  return [...(declared.length > 0 ? [{ functionDeclarations: declared }] : []), ...serverTools];
}

/** A function without parameters is declared without a schema, as Gemini refuses an empty object. */
function declarationOf({ name, description, inputSchema }: ToolSpec, translate: Translator['translate']): Json {
  const properties = inputSchema['properties'];
  const empty =
    inputSchema['type'] === 'object' && (properties === undefined || Object.keys(properties as object).length === 0);
  if (empty && !isUnion(inputSchema)) return { name, description };
  return { name, description, parametersJsonSchema: translate(inputSchema, `the tool ${name}`) as Json };
}

function isUnion(schema: JsonSchema): boolean {
  return ['anyOf', 'oneOf', 'allOf', '$ref'].some((keyword) => keyword in schema);
}

function generationConfig(
  request: ModelRequest,
  target: RequestTarget,
  options: GoogleRequestOptions,
  translate: Translator['translate'] | undefined,
): { readonly [name: string]: Json } {
  const thinking = thinkingConfig(target, options, request.maxOutputTokens);
  return {
    ...samplingFields(request),
    ...(request.maxOutputTokens === undefined ? {} : { maxOutputTokens: request.maxOutputTokens }),
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    ...(thinking === undefined ? {} : { thinkingConfig: thinking }),
    ...(request.output && translate
      ? { responseMimeType: 'application/json', responseJsonSchema: translate(request.output, 'the answer') as Json }
      : {}),
  };
}

function samplingFields({ sampling = {} }: ModelRequest): { readonly [name: string]: Json } {
  const { temperature, topP, topK, stop, frequencyPenalty, presencePenalty } = sampling;
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(stop?.length ? { stopSequences: stop.slice(0, 5) } : {}),
    ...(frequencyPenalty === undefined ? {} : { frequencyPenalty }),
    ...(presencePenalty === undefined ? {} : { presencePenalty }),
  };
}

/** A budget of thoughts must leave room for an answer. */
function thinkingConfig(
  { model, info }: RequestTarget,
  { thinking, thoughts }: GoogleRequestOptions,
  limit: number | undefined,
): Json | undefined {
  const thinks = info.reasoning ?? ((generationOf(model) ?? 0) >= 2.5 && !/image|tts|audio|live|embedding/.test(model));
  if (thinking === 'off') return (generationOf(model) ?? 0) >= 3 ? { thinkingLevel: 'MINIMAL' } : { thinkingBudget: 0 };
  const include = thoughts ?? (thinks || thinking !== undefined);
  if (thinking === undefined) return include ? { includeThoughts: true } : undefined;
  if ('level' in thinking) return { includeThoughts: include, thinkingLevel: thinking.level.toUpperCase() };
  const budget = limit === undefined ? thinking.budgetTokens : Math.min(thinking.budgetTokens, Math.max(0, limit - 1));
  return { includeThoughts: include, thinkingBudget: budget };
}
