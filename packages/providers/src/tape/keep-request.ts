import { createHash } from 'node:crypto';
import type { Json, ModelRequest } from '@capstan/sdk/contract';
import { type Mask, maskDeep } from './mask.ts';
import type { TapeEntry, TapeRequest, TapeValue } from './tape.ts';

/** Gives a short hash of a value. */
export function hashOf(value: Json): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16);
}

/** Masks a request and replaces the bytes of images and files by their hash. */
export function keepRequest(
  { instructions, messages, tools, output, ...plain }: ModelRequest,
  mask: Mask,
): TapeRequest {
  return {
    ...(instructions === undefined ? {} : { instructions: mask(instructions) }),
    messages: messages.map((message) => keepValue(message as unknown as Json, mask)),
    tools: tools.map((tool) => keepValue(tool as unknown as Json, mask)),
    ...(output === undefined ? {} : { output: keepValue(output as Json, mask) }),
    ...(keepValue(plain as Json, mask) as Partial<TapeRequest>),
  };
}

/** Splits a request into the values it uses and what a tape's entry says of it. */
export function packRequest(request: TapeRequest): {
  readonly request: TapeEntry['request'];
  readonly values: readonly TapeValue[];
  readonly print: string;
} {
  const values: TapeValue[] = [];
  const pack = (value: Json): string => {
    const hash = hashOf(value);
    values.push({ hash, value });
    return hash;
  };
  const { instructions, messages, tools, ...rest } = request;
  const packed = {
    ...(instructions === undefined ? {} : { instructions: pack(instructions) }),
    messages: messages.map(pack),
    tools: tools.map(pack),
    rest: rest as Json,
  };
  return { request: packed, values, print: printOf(request) };
}

/** What tells one request from another: all but the output limit, which a budget changes, and the seed, which is a run's own. */
export function printOf({ maxOutputTokens: _, seed: __, ...request }: TapeRequest): string {
  return hashOf(request as unknown as Json);
}

function keepValue(value: Json, mask: Mask): Json {
  const plain = JSON.parse(JSON.stringify(value), (name, item: unknown) =>
    name === 'data' && typeof item === 'string' && item.length > 256
      ? `[${hashOf(item)}, ${item.length} characters]`
      : item,
  ) as Json;
  return maskDeep(plain, mask);
}
