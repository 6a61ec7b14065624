import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sseDecoder, type SseEvent } from './sse.ts';

function decode(bytes: Uint8Array, cuts: readonly number[] = []): SseEvent[] {
  const decoder = sseDecoder();
  const events: SseEvent[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const end = Math.min(Math.max(cut, from), bytes.length);
    events.push(...decoder.push(bytes.slice(from, end)));
    from = end;
  }
  events.push(...decoder.push(bytes.slice(from)), ...decoder.end());
  return events;
}

const cases: [string, string, SseEvent[]][] = [
  ['an event with a name', 'event: a\ndata: 1\n\n', [{ event: 'a', data: '1' }]],
  [
    'CR LF',
    'data: 1\r\n\r\ndata: 2\r\n\r\n',
    [
      { event: undefined, data: '1' },
      { event: undefined, data: '2' },
    ],
  ],
  [
    'CR',
    'data: 1\r\rdata: 2\r\r',
    [
      { event: undefined, data: '1' },
      { event: undefined, data: '2' },
    ],
  ],
  ['data over several lines', 'data: {\ndata: }\n\n', [{ event: undefined, data: '{\n}' }]],
  ['no space after the colon', 'data:x\n\n', [{ event: undefined, data: 'x' }]],
  ['two spaces after the colon', 'data:  x\n\n', [{ event: undefined, data: ' x' }]],
  [
    'comments and unknown fields',
    ': keep-alive\n\nid: 7\nretry: 3\ndata: x\n: more\n\n',
    [{ event: undefined, data: 'x' }],
  ],
  ['a byte-order mark', '\uFEFFdata: x\n\n', [{ event: undefined, data: 'x' }]],
  ['a name without data', 'event: ping\n\ndata: x\n\n', [{ event: undefined, data: 'x' }]],
  ['a missing final blank line', 'data: x\n', [{ event: undefined, data: 'x' }]],
  ['a missing final line feed', 'data: é', [{ event: undefined, data: 'é' }]],
  ['a field without colon', 'data\ndata: x\n\n', [{ event: undefined, data: '\nx' }]],
  ['nothing', '', []],
];

test.each(cases)('the decoder reads %s', (_, text, expected) => {
  expect(decode(new TextEncoder().encode(text))).toEqual(expected);
});

test('the same bytes give the same events, however they are cut', () => {
  const line = fc.oneof(
    fc.constantFrom('', '', ': comment', 'event: delta', 'data', 'data: {"a":"é€😀"}', 'id: 1', 'data: [DONE]'),
    fc.string({ unit: 'binary' }).map((text) => `data: ${text}`),
    fc.string({ unit: 'binary' }),
  );
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 12 })
    .map((lines) => lines.map(([text, end]) => text + end).join(''));
  const bytes = fc.oneof(
    stream.map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 60 }),
    fc
      .array(fc.constantFrom(10, 13, 0xe2, 0x82, 0xac, 0xff, 58, 32, 100, 97, 116), { maxLength: 60 })
      .map((list) => Uint8Array.from(list)),
  );
  fc.assert(
    fc.property(bytes, fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), (input, cuts) => {
      expect(decode(input, cuts)).toEqual(decode(input));
      expect(decode(input, [...input.keys()])).toEqual(decode(input));
    }),
    { numRuns: 500 },
  );
});

test('a line beyond the limit fails', () => {
  const decoder = sseDecoder({ maxLineBytes: 10 });
  expect(() => decoder.push(new Uint8Array(11).fill(97))).toThrow(/more than 10 bytes/);
});
