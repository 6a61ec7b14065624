import type { Framing } from '../wire/stream-reply.ts';

const lf = 10;

/** Makes a decoder for JSON documents of one line each. Only whole lines become text, so a chunk may end inside a character. */
export function lineDecoder(): Framing {
  let pending: Uint8Array[] = [];

  function takeText(bytes: Uint8Array): string {
    const all = pending.length === 0 ? bytes : Buffer.concat([...pending, bytes]);
    pending = [];
    return Buffer.from(all.buffer, all.byteOffset, all.byteLength).toString('utf8');
  }

  return {
    push(bytes) {
      const end = bytes.lastIndexOf(lf) + 1;
      const text = end === 0 ? '' : takeText(bytes.subarray(0, end));
      // A copy: the caller may reuse its buffer.
      if (end < bytes.length) pending.push(new Uint8Array(bytes.subarray(end)));
      return linesOf(text);
    },
    end: () => linesOf(takeText(new Uint8Array(0))),
  };
}

function linesOf(text: string): { readonly event: undefined; readonly data: string }[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [{ event: undefined, data: line }]));
}
