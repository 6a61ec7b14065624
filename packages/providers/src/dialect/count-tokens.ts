import type { Message, ModelRequest } from '@capstan/sdk/contract';

/** Counts the prompt tokens of a request from above. */
export type TokenCounter = (request: ModelRequest) => number;

type CountText = (text: string) => number;

export interface TokenCounterOptions {
  /** Loads a tokenizer. Default: `gpt-tokenizer`, an optional peer dependency; without it bytes are the bound for good. */
  readonly load?: () => Promise<CountText>;
}

/** The models whose tokenizer is known to be o200k_base (https://github.com/openai/tiktoken/blob/main/tiktoken/model.py, 2026-07). */
const known = /^(gpt-4o|gpt-4\.1|gpt-5|o1|o3|o4)(-|\.|$)/;
/** Role marks, separators and call ids around a message, a part or a tool, generously. */
const frameTokens = 16;
/** As in the table of every vendor, no image or page costs more. */
const attachmentTokens = 16_000;

/**
 * Makes a counter for one of OpenAI's models; `undefined` when its tokenizer is not known.
 *
 * The tokenizer is loaded by the first count; until it is there, and for runs of letters or blanks on which tokenizers
 * take a time that grows with the square, a token a byte is counted. Messages are counted once.
 */
export function tokenCounter(
  model: string,
  { load = loadTokenizer }: TokenCounterOptions = {},
): TokenCounter | undefined {
  if (!known.test(model)) return undefined;
  let count: CountText | undefined;
  let loading: Promise<void> | undefined;
  const counts = new WeakMap<Message, number>();

  const ofMessage = (message: Message, countText: CountText): number => {
    let tokens = counts.get(message);
    if (tokens === undefined) counts.set(message, (tokens = messageTokens(message, countText)));
    return tokens;
  };

  return (request) => {
    loading ??= load().then(
      (loaded) => void (count = boundedCounter(loaded)),
      () => undefined,
    );
    const countText = count;
    if (!countText) return Buffer.byteLength(JSON.stringify(request));
    let tokens = frameTokens + countText(request.instructions ?? '');
    for (const tool of request.tools) tokens += frameTokens + countText(JSON.stringify(tool));
    if (request.output) tokens += frameTokens + countText(JSON.stringify(request.output));
    for (const message of request.messages) tokens += ofMessage(message, countText);
    return Math.ceil(tokens * margin);
  };
}

/** For what the vendor adds around tools that we do not see. */
const margin = 1.05;

function messageTokens(message: Message, countText: CountText): number {
  let tokens = frameTokens;
  for (const part of message.parts) {
    tokens += frameTokens;
    if (part.type === 'text') tokens += countText(part.text);
    else if (part.type === 'call') tokens += countText(part.json) + countText(part.tool);
    else if (part.type === 'reasoning')
      tokens += countText(part.text) + Buffer.byteLength(JSON.stringify(part.provider?.data ?? ''));
    else tokens += attachmentTokens + Math.ceil((part.data?.length ?? 0) / 64);
  }
  return tokens;
}

const longRun = /\S{300,}|\s{300,}/g;

function boundedCounter(countText: CountText): CountText {
  return (text) => {
    if (text === '') return 0;
    let bytes = 0;
    const rest = text.replaceAll(longRun, (run) => {
      bytes += Buffer.byteLength(run);
      return ' ';
    });
    return bytes + countText(rest);
  };
}

async function loadTokenizer(): Promise<CountText> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  // Special tokens in a text are text.
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, options);
}
