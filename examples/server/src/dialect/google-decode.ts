import type { JsonSchema, ModelRequest, ToolChoice, ToolSpec } from '@capstan/sdk/contract';
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
  present,
  refused,
  textsAt,
} from './fields.ts';
import { googleHistory, instructionText } from './google-history.ts';
import { fieldOf, manyOf } from './google-names.ts';
import { jsonSchemaOf } from './google-schema.ts';
import { anyJson, joinInstructions, reasoningOf, reasoningOfBudget, requestOf } from './settings.ts';

/** Reads the body of a call of `generateContent` (https://ai.google.dev/api/generate-content, 2026-11-21). */
export function decodeGoogle(value: unknown, { model, stream = false, list = false }: RouteFacts): Inbound {
  const outer = objectAt(value, 'body');
  // What is to be counted may come whole, one level deeper.
  const body = maybeObject(fieldOf(outer, 'generateContentRequest'), 'generateContentRequest') ?? outer;
  const name = (model ?? nameAt(body['model'], 'model')).replace(/^models\//, '');
  const cached = maybeText(fieldOf(body, 'cachedContent'), 'cachedContent');
  if (cached) throw refused('cachedContent', 'content stored at a vendor cannot be used here.');
  const config = maybeObject(fieldOf(body, 'generationConfig'), 'generationConfig') ?? {};
  const field = (one: string): readonly [unknown, string] => [fieldOf(config, one), `generationConfig.${one}`];
  refuseUnable(field);
  const { output, told } = outputOf(field);
  const { tools, toolChoice } = choose(toolsOf(body), body);
  return {
    model: name,
    stream,
    wants: present({ list: list ? true : undefined }),
    request: requestOf(googleHistory(body['contents']), {
      instructions: joinInstructions(instructionText(fieldOf(body, 'systemInstruction')), told),
      tools,
      toolChoice,
      maxOutputTokens: maybeCount(...field('maxOutputTokens')),
      output,
      seed: maybeCount(...field('seed'), Number.MIN_SAFE_INTEGER),
      sampling: {
        temperature: maybeNumber(...field('temperature'), { least: 0, most: 2 }),
        topP: maybeNumber(...field('topP'), { least: 0, most: 1 }),
        topK: maybeCount(...field('topK')),
        stop: stopAt(...field('stopSequences')),
        frequencyPenalty: maybeNumber(...field('frequencyPenalty'), { least: -2, most: 2 }),
        presencePenalty: maybeNumber(...field('presencePenalty'), { least: -2, most: 2 }),
      },
      reasoning: thinkingOf(maybeObject(...field('thinkingConfig'))),
    }),
  };
}

type Field = (name: string) => readonly [unknown, string];

function refuseUnable(field: Field): void {
  if ((maybeCount(...field('candidateCount')) ?? 1) > 1)
    throw refused('generationConfig.candidateCount', 'only one candidate can be made.');
  if (maybeFlag(...field('responseLogprobs')))
    throw refused('generationConfig.responseLogprobs', 'log probabilities cannot be given.');
  if (textsAt(...field('responseModalities')).some((one) => one.toUpperCase() !== 'TEXT'))
    throw refused('generationConfig.responseModalities', 'only text can be made.');
}

function stopAt(value: unknown, where: string): readonly string[] | undefined {
  const texts = textsAt(value, where).filter((text) => text !== '');
  return texts.length > 0 ? texts : undefined;
}

function outputOf(field: Field): { readonly output?: JsonSchema; readonly told?: string } {
  const json = maybeObject(...field('responseJsonSchema'));
  if (json) return { output: json };
  const own = maybeObject(...field('responseSchema'));
  if (own) return { output: jsonSchemaOf(own) };
  return maybeText(...field('responseMimeType')) === 'application/json' ? { told: anyJson } : {};
}

function thinkingOf(config: Fields | undefined): ModelRequest['reasoning'] {
  if (!config) return undefined;
  const where = 'generationConfig.thinkingConfig';
  const level = maybeText(fieldOf(config, 'thinkingLevel'), `${where}.thinkingLevel`);
  if (level !== undefined) return reasoningOf(level.toLowerCase());
  const budget = maybeNumber(fieldOf(config, 'thinkingBudget'), `${where}.thinkingBudget`);
  return budget === undefined ? undefined : reasoningOfBudget(budget);
}

/** Tools that run at Google (search, code, maps) are left out: no other vendor can run them. */
function toolsOf(body: Fields): readonly ToolSpec[] {
  return listAt(manyOf(body['tools']), 'tools').flatMap((tool, index) => {
    const where = `tools[${index}].functionDeclarations`;
    const declared = fieldOf(objectAt(tool, `tools[${index}]`), 'functionDeclarations');
    return listAt(manyOf(declared), where).map((one, at) =>
      toolOf(objectAt(one, `${where}[${at}]`), `${where}[${at}]`),
    );
  });
}

function toolOf(fields: Fields, where: string): ToolSpec {
  const json = maybeObject(fieldOf(fields, 'parametersJsonSchema'), `${where}.parametersJsonSchema`);
  const own = maybeObject(fields['parameters'], `${where}.parameters`);
  return {
    name: nameAt(fields['name'], `${where}.name`),
    description: maybeText(fields['description'], `${where}.description`) ?? '',
    inputSchema: json ?? (own ? jsonSchemaOf(own) : { type: 'object', properties: {} }),
  };
}

function choose(
  tools: readonly ToolSpec[],
  body: Fields,
): { readonly tools: readonly ToolSpec[]; readonly toolChoice: ToolChoice | undefined } {
  const where = 'toolConfig.functionCallingConfig';
  const config = maybeObject(fieldOf(body, 'toolConfig'), 'toolConfig') ?? {};
  const calling = maybeObject(fieldOf(config, 'functionCallingConfig'), where);
  if (!calling) return { tools, toolChoice: undefined };
  const mode = (maybeText(calling['mode'], `${where}.mode`) ?? 'AUTO').toUpperCase();
  const names = textsAt(fieldOf(calling, 'allowedFunctionNames'), `${where}.allowedFunctionNames`);
  if (mode === 'NONE') return { tools, toolChoice: 'none' };
  const allowed = names.length > 0 ? tools.filter(({ name }) => names.includes(name)) : tools;
  if (mode !== 'ANY') return { tools: allowed, toolChoice: undefined };
  const [only, ...others] = allowed;
  if (!only) throw refused(where, 'there is no such function in tools.');
  return names.length === 1 && others.length === 0
    ? { tools, toolChoice: { tool: only.name } }
    : { tools: allowed, toolChoice: 'required' };
}
