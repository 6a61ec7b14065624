import type { Json, StopReason, Usage } from '@capstan/sdk/contract';
import { gzipped, type WireReply } from './loopback.ts';

/** What a loopback vendor answers, told without its wire. */
export interface ScriptedReply {
  readonly reasoning?: string;
  readonly text?: string;
  readonly calls?: readonly { readonly tool: string; readonly input: Json }[];
  /** Default: `tools` with calls, else `end`. */
  readonly stopReason?: StopReason;
  readonly usage?: Usage;
  /** What goes wrong. */
  readonly fault?: Fault;
}

/** What can go wrong on the way. The faults after the head leave the reply unfinished. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: { readonly [name: string]: string };
      readonly message?: string;
    }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'page'; readonly status?: number }
  | { readonly kind: 'silence' | 'hang' | 'cut' | 'reset' | 'garbage' | 'gzip' | 'overloaded' };

/** How a vendor words its replies and errors. */
export interface Dialect {
  /** The whole reply. */
  readonly reply: (reply: ScriptedReply) => WireReply;
  /** The body of a refusal. */
  readonly refusal: (status: number, message: string) => string;
  /** What the vendor sends inside a stream when it is overloaded; absent where it has no such thing. */
  readonly overloaded?: string;
  /** A frame that is no JSON. */
  readonly garbage: string;
}

/** Gives the next reply of a script in a vendor's wire; the last one repeats. */
export function wireReply(reply: ScriptedReply, dialect: Dialect): WireReply {
  const { fault, ...rest } = reply;
  const whole = dialect.reply(rest);
  if (!fault) return whole;
  switch (fault.kind) {
    case 'status':
      return {
        status: fault.status,
        headers: { 'content-type': 'application/json', ...fault.headers },
        body: dialect.refusal(fault.status, fault.message ?? `The loopback server answers ${fault.status}`),
      };
    case 'redirect':
      return { status: 307, headers: { location: fault.location }, body: '' };
    case 'page':
      return {
        status: fault.status ?? 200,
        headers: { 'content-type': 'text/html' },
        body: '<!doctype html><html><title>Gateway</title><body>No</body></html>',
      };
    case 'silence':
      return { ...whole, silent: true };
    case 'gzip':
      return gzipped(whole);
    case 'hang':
      return { ...whole, body: firstHalf(whole), then: 'hang' };
    case 'reset':
      return { ...whole, body: firstHalf(whole), then: 'reset' };
    case 'cut':
      return { ...whole, body: firstHalf(whole) };
    case 'garbage':
      return { ...whole, body: Buffer.concat([wholeFrames(whole), Buffer.from(dialect.garbage)]) };
    case 'overloaded':
      return { ...whole, body: Buffer.concat([wholeFrames(whole), Buffer.from(dialect.overloaded ?? '')]) };
    default:
      return fault satisfies never;
  }
}

/** Cut inside a character of more than one byte where there is one, else in the middle. */
function firstHalf({ body }: WireReply): Uint8Array {
  const bytes = Buffer.from(body);
  const inside = bytes.findIndex((byte, at) => at > bytes.length / 4 && byte >= 0xc0);
  return bytes.subarray(0, inside > 0 ? inside + 1 : bytes.length / 2);
}

/** The first half without a frame that is cut. */
function wholeFrames(reply: WireReply): Uint8Array {
  const half = Buffer.from(firstHalf(reply));
  const sse = half.lastIndexOf('\n\n') + 2;
  return half.subarray(0, sse > 1 ? sse : half.lastIndexOf('\n') + 1);
}
