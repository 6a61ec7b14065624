import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutMessages } from './read-messages.ts';

function framed(message: object, header = 'Content-Length'): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  return Buffer.concat([Buffer.from(`${header}: ${body.length}\r\n\r\n`), body]);
}

function read(chunks: readonly Uint8Array[], limits = {}): object[] {
  const messages: object[] = [];
  const cutter = cutMessages((message) => messages.push(message), limits);
  for (const chunk of chunks) cutter.push(chunk);
  return messages;
}

const message = fc.record({ jsonrpc: fc.constant('2.0'), params: fc.jsonValue() });

test('messages come out as they went in, however they are cut', () => {
  const cuts = fc.array(fc.nat(400), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), cuts, (messages, places) => {
      const bytes = Buffer.concat(messages.map((each) => framed(each)));
      const at = [
        0,
        ...places.filter((place) => place < bytes.length).toSorted((one, other) => one - other),
        bytes.length,
      ];
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      expect(read(chunks)).toEqual(messages.map((each) => JSON.parse(JSON.stringify(each)) as object));
    }),
  );
});

test('whatever bytes come, there is an error of words or nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (chunks) => {
      try {
        read(chunks, { maxHeaderBytes: 100, maxBodyBytes: 100 });
      } catch (error) {
        expect(String(error)).toMatch(/^Error: it (sent|announced)/);
      }
    }),
  );
});

test('headers are read whatever their case and company', () => {
  const body = '{"jsonrpc":"2.0"}';
  const head = `Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:${body.length}\r\n\r\n`;
  expect(read([Buffer.from(head + body)])).toEqual([{ jsonrpc: '2.0' }]);
});

test.each([
  ['hello world\r\n\r\n', /no header but "hello world/],
  ['Content-Length: 101\r\n\r\n', /announced a message of 101 bytes/],
  ['Content-Length: -1\r\n\r\n', /no header/],
  ['x'.repeat(101), /no header/],
  ['Content-Length: 2\r\n\r\n[]', /none of the protocol/],
  ['Content-Length: 0\r\n\r\n', /no JSON/],
])('%j is refused', (text, words) => {
  expect(() => read([Buffer.from(text)], { maxHeaderBytes: 100, maxBodyBytes: 100 })).toThrow(words);
});
