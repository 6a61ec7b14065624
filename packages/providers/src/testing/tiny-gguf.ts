import { writeFile } from 'node:fs/promises';
import { randomFrom } from './loopback.ts';

/** What a tiny model is made like. */
export interface TinyGgufOptions {
  /** Makes the weights the same again; default 1. */
  readonly seed?: number;
  /** Tokens the model was "trained" for; default 4,096. */
  readonly contextTokens?: number;
}

const width = 32;
const feedForward = 64;
const heads = 2;

/**
 * Writes a language model of random weights, some 80 KB, as a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 *
 * It reads and writes any text, byte by byte where it must, and says nothing of sense: for tests of loading, of streaming
 * and of grammars.
 */
export async function writeTinyGguf(
  file: string,
  { seed = 1, contextTokens = 4096 }: TinyGgufOptions = {},
): Promise<void> {
  const tokens = vocabulary();
  const tensors = tensorsOf(tokens.length);
  const head = header(fields(tokens, contextTokens), tensors);
  const random = randomFrom(seed);
  const data = tensors.map(({ size, norm }) => {
    const values = Float32Array.from({ length: size }, () => (norm ? 1 : (random() - 0.5) * 0.4));
    return padded(Buffer.from(values.buffer));
  });
  await writeFile(file, Buffer.concat([padded(head), ...data]));
}

interface Token {
  readonly text: string;
  /** 1 normal, 2 unknown, 3 control, 6 byte. */
  readonly type: 1 | 2 | 3 | 6;
}

/** Special tokens, every byte, the space, and what is printable in ASCII. */
function vocabulary(): Token[] {
  const bytes = Array.from({ length: 256 }, (_, byte): Token => ({
    text: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    type: 6,
  }));
  const printable = Array.from({ length: 94 }, (_, index): Token => ({
    text: String.fromCharCode(33 + index),
    type: 1,
  }));
  return [
    { text: '<unk>', type: 2 },
    { text: '<s>', type: 3 },
    { text: '</s>', type: 3 },
    ...bytes,
    { text: '\u2581', type: 1 },
    ...printable,
  ];
}

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly norm: boolean;
}

function tensorsOf(vocabularySize: number): Tensor[] {
  const shapes: readonly (readonly [string, ...number[]])[] = [
    ['token_embd', width, vocabularySize],
    ['blk.0.attn_norm', width],
    ['blk.0.attn_q', width, width],
    ['blk.0.attn_k', width, width],
    ['blk.0.attn_v', width, width],
    ['blk.0.attn_output', width, width],
    ['blk.0.ffn_norm', width],
    ['blk.0.ffn_gate', width, feedForward],
    ['blk.0.ffn_up', width, feedForward],
    ['blk.0.ffn_down', feedForward, width],
    ['output_norm', width],
    ['output', width, vocabularySize],
  ];
  return shapes.map(([name, ...shape]) => ({
    name: `${name}.weight`,
    shape,
    size: shape.reduce((a, b) => a * b, 1),
    norm: shape.length === 1,
  }));
}

type Field = readonly [key: string, value: Buffer];

function fields(tokens: readonly Token[], contextTokens: number): Field[] {
  return [
    ['general.architecture', text('llama')],
    ['general.name', text('tiny random model')],
    ['general.file_type', integer(0)],
    ['llama.context_length', integer(contextTokens)],
    ['llama.embedding_length', integer(width)],
    ['llama.block_count', integer(1)],
    ['llama.feed_forward_length', integer(feedForward)],
    ['llama.attention.head_count', integer(heads)],
    ['llama.attention.head_count_kv', integer(heads)],
    ['llama.attention.layer_norm_rms_epsilon', real(1e-5)],
    ['llama.rope.dimension_count', integer(width / heads)],
    ['tokenizer.ggml.model', text('llama')],
    [
      'tokenizer.ggml.tokens',
      list(
        8,
        tokens.map(({ text: token }) => string(token)),
      ),
    ],
    [
      'tokenizer.ggml.scores',
      list(
        6,
        tokens.map(() => float(0)),
      ),
    ],
    [
      'tokenizer.ggml.token_type',
      list(
        5,
        tokens.map(({ type }) => u32(type)),
      ),
    ],
    ['tokenizer.ggml.unknown_token_id', integer(0)],
    ['tokenizer.ggml.bos_token_id', integer(1)],
    ['tokenizer.ggml.eos_token_id', integer(2)],
    ['tokenizer.ggml.add_bos_token', bool(true)],
    ['tokenizer.ggml.add_space_prefix', bool(false)],
  ];
}

function header(all: readonly Field[], tensors: readonly Tensor[]): Buffer {
  let offset = 0;
  const infos = tensors.map(({ name, shape, size }) => {
    const info = Buffer.concat([string(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset)]);
    offset += Math.ceil((size * 4) / alignment) * alignment;
    return info;
  });
  return Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(all.length),
    ...all.flatMap(([key, value]) => [string(key), value]),
    ...infos,
  ]);
}

const alignment = 32;

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
}

const text = (value: string): Buffer => Buffer.concat([u32(8), string(value)]);
const integer = (value: number): Buffer => Buffer.concat([u32(4), u32(value)]);
const real = (value: number): Buffer => Buffer.concat([u32(6), float(value)]);
const bool = (value: boolean): Buffer => Buffer.concat([u32(7), Buffer.from([value ? 1 : 0])]);
const list = (type: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([u32(9), u32(type), u64(items.length), ...items]);

function string(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
