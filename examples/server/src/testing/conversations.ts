import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { type Content, GoogleGenAI, type Part } from '@google/genai';
import { isStepCount, jsonSchema, type LanguageModel, streamText, tool } from 'ai';
import OpenAI from 'openai';

/** What a client saw of a conversation with one tool, `lookup`. */
export interface Seen {
  /** The text of each turn of the model. */
  readonly texts: readonly string[];
  /** The words that were looked up. */
  readonly words: readonly string[];
  readonly reasoning: string;
  /** Tokens of all prompts and replies, as the client counts them. */
  readonly tokens: number;
}

/** How a client reaches the relay. */
export interface Reach {
  /** Of the relay, without a path. */
  readonly url: string;
  readonly token: string;
  readonly model: string;
  /** The model from the second turn on. Default: the same. */
  readonly next?: string;
  readonly stream: boolean;
}

/** Holds a conversation until the model calls no more tool: asks, looks words up, sends back what was found. */
export type Converse = (reach: Reach) => Promise<Seen>;

const question = 'Look up a and b.';
const parameters = {
  type: 'object',
  properties: { word: { type: 'string' } },
  required: ['word'],
  additionalProperties: false,
} as const;
const lookup = { name: 'lookup', description: 'Looks a word up.' };
const most = 4;

function found(word: unknown): string {
  return `found ${String(word)}`;
}

interface Tally {
  readonly texts: string[];
  readonly words: string[];
  reasoning: string;
  tokens: number;
}

const tally = (): Tally => ({ texts: [], words: [], reasoning: '', tokens: 0 });

function wordOf(json: string): string {
  return (JSON.parse(json) as { word: string }).word;
}

function modelAt({ model, next = model }: Pick<Reach, 'model' | 'next'>, turn: number): string {
  return turn === 0 ? model : next;
}

async function streamedChat(
  client: OpenAI,
  asked: OpenAI.ChatCompletionCreateParamsNonStreaming,
  seen: Tally,
): Promise<OpenAI.ChatCompletion> {
  const runner = client.chat.completions.stream({ ...asked, stream: true, stream_options: { include_usage: true } });
  runner.on('chunk', ({ choices: [choice] }) => {
    seen.reasoning += (choice?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? '';
  });
  return runner.finalChatCompletion();
}

async function chat({ url, token, stream, ...names }: Reach): Promise<Seen> {
  const client = new OpenAI({ apiKey: token, baseURL: `${url}/v1`, maxRetries: 0 });
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: 'system', content: 'Be terse.' },
    { role: 'user', content: question },
  ];
  const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { ...lookup, parameters } }];
  const seen = tally();
  for (let turn = 0; turn < most; turn += 1) {
    const model = modelAt(names, turn);
    const asked = { model, messages, tools };
    const reply = stream ? await streamedChat(client, asked, seen) : await client.chat.completions.create(asked);
    const message = reply.choices[0]?.message;
    if (!message) throw new Error('There is no choice.');
    if (!stream) seen.reasoning += (message as { reasoning_content?: string }).reasoning_content ?? '';
    seen.tokens += reply.usage?.total_tokens ?? 0;
    seen.texts.push(message.content ?? '');
    messages.push(message);
    const calls = message.tool_calls ?? [];
    if (calls.length === 0) return seen;
    for (const call of calls) {
      if (call.type !== 'function') continue;
      const word = wordOf(call.function.arguments);
      seen.words.push(word);
      messages.push({ role: 'tool', tool_call_id: call.id, content: found(word) });
    }
  }
  throw new Error('The conversation does not end.');
}

async function responses({ url, token, stream, ...names }: Reach): Promise<Seen> {
  const client = new OpenAI({ apiKey: token, baseURL: `${url}/v1`, maxRetries: 0 });
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: question }];
  const tools: OpenAI.Responses.Tool[] = [{ type: 'function', ...lookup, parameters, strict: true }];
  const seen = tally();
  for (let turn = 0; turn < most; turn += 1) {
    const model = modelAt(names, turn);
    const asked = {
      model,
      input,
      tools,
      instructions: 'Be terse.',
      store: false,
      include: ['reasoning.encrypted_content' as const],
    };
    const reply = stream ? await client.responses.stream(asked).finalResponse() : await client.responses.create(asked);
    seen.tokens += reply.usage?.total_tokens ?? 0;
    let text = '';
    let called = false;
    input.push(...(reply.output as OpenAI.Responses.ResponseInput));
    for (const item of reply.output) {
      if (item.type === 'reasoning') seen.reasoning += item.summary.map((part) => part.text).join('');
      if (item.type === 'message')
        text += item.content.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
      if (item.type !== 'function_call') continue;
      called = true;
      const word = wordOf(item.arguments);
      seen.words.push(word);
      input.push({ type: 'function_call_output', call_id: item.call_id, output: found(word) });
    }
    seen.texts.push(text);
    if (!called) return seen;
  }
  throw new Error('The conversation does not end.');
}

async function messages({ url, token, stream, ...names }: Reach): Promise<Seen> {
  const client = new Anthropic({ apiKey: token, baseURL: url, maxRetries: 0 });
  const said: Anthropic.MessageParam[] = [{ role: 'user', content: question }];
  const tools: Anthropic.Tool[] = [{ ...lookup, input_schema: { ...parameters, required: ['word'] } }];
  const seen = tally();
  for (let turn = 0; turn < most; turn += 1) {
    const model = modelAt(names, turn);
    const asked = { model, max_tokens: 500, messages: said, tools, system: 'Be terse.' };
    const reply = stream ? await client.messages.stream(asked).finalMessage() : await client.messages.create(asked);
    const { usage } = reply;
    seen.tokens += usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + usage.output_tokens;
    said.push({ role: 'assistant', content: reply.content });
    const results: Anthropic.ToolResultBlockParam[] = [];
    let text = '';
    for (const block of reply.content) {
      if (block.type === 'thinking') seen.reasoning += block.thinking;
      if (block.type === 'text') text += block.text;
      if (block.type !== 'tool_use') continue;
      const { word } = block.input as { word: string };
      seen.words.push(word);
      results.push({ type: 'tool_result', tool_use_id: block.id, content: found(word) });
    }
    seen.texts.push(text);
    if (results.length === 0) return seen;
    said.push({ role: 'user', content: results });
  }
  throw new Error('The conversation does not end.');
}

async function gemini({ url, token, stream, ...names }: Reach): Promise<Seen> {
  const client = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: url } });
  const contents: Content[] = [{ role: 'user', parts: [{ text: question }] }];
  const tools = [{ functionDeclarations: [{ ...lookup, parametersJsonSchema: parameters }] }];
  const seen = tally();
  for (let turn = 0; turn < most; turn += 1) {
    const model = modelAt(names, turn);
    const asked = { model, contents, config: { tools, systemInstruction: 'Be terse.' } };
    const parts: Part[] = [];
    let tokens = 0;
    if (stream) {
      for await (const chunk of await client.models.generateContentStream(asked)) {
        parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
        tokens = chunk.usageMetadata?.totalTokenCount ?? tokens;
      }
    } else {
      const reply = await client.models.generateContent(asked);
      parts.push(...(reply.candidates?.[0]?.content?.parts ?? []));
      tokens = reply.usageMetadata?.totalTokenCount ?? 0;
    }
    seen.tokens += tokens;
    contents.push({ role: 'model', parts });
    const text = parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join('');
    seen.reasoning += parts.map((part) => (part.thought ? (part.text ?? '') : '')).join('');
    seen.texts.push(text);
    const results = parts.flatMap(({ functionCall: call }): Part[] => {
      if (!call) return [];
      const word = String(call.args?.['word']);
      seen.words.push(word);
      return [
        {
          functionResponse: {
            ...(call.id ? { id: call.id } : {}),
            name: call.name ?? '',
            response: { output: found(word) },
          },
        },
      ];
    });
    if (results.length === 0) return seen;
    contents.push({ role: 'user', parts: results });
  }
  throw new Error('The conversation does not end.');
}

async function aiSdk(model: LanguageModel): Promise<Seen> {
  const seen = tally();
  const tools = {
    lookup: tool({
      description: lookup.description,
      inputSchema: jsonSchema<{ word: string }>({ ...parameters, required: ['word'] }),
      execute: async ({ word }) => {
        seen.words.push(word);
        return found(word);
      },
    }),
  };
  let failure: unknown;
  const run = streamText({
    model,
    tools,
    instructions: 'Be terse.',
    prompt: question,
    stopWhen: isStepCount(most),
    maxRetries: 0,
    onError: ({ error }) => void (failure = error),
  });
  for await (const part of run.fullStream) {
    if (part.type === 'text-start') seen.texts.push('');
    if (part.type === 'text-delta') seen.texts.push(`${seen.texts.pop() ?? ''}${part.text}`);
    if (part.type === 'reasoning-delta') seen.reasoning += part.text;
    if (part.type === 'finish') seen.tokens = (part.totalUsage.inputTokens ?? 0) + (part.totalUsage.outputTokens ?? 0);
  }
  if (failure !== undefined) throw failure;
  return seen;
}

/** The clients of the npm registry that talk to a relay, by name. */
export const conversations: { readonly [client: string]: Converse } = {
  'openai chat': chat,
  'openai responses': responses,
  '@anthropic-ai/sdk': messages,
  '@google/genai': gemini,
  '@ai-sdk/openai-compatible': ({ url, token, model }) =>
    aiSdk(createOpenAICompatible({ name: 'relay', baseURL: `${url}/v1`, apiKey: token, includeUsage: true })(model)),
  '@ai-sdk/anthropic': ({ url, token, model }) =>
    aiSdk(createAnthropic({ baseURL: `${url}/v1`, apiKey: token })(model)),
};

/** Clients that also ask for whole replies here. */
export const wholeClients = ['openai chat', 'openai responses', '@anthropic-ai/sdk', '@google/genai'];
