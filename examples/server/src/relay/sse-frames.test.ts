import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sseEvents } from './sse-event.ts';
import { sseFrames } from './sse-frames.ts';

const border = fc.constantFrom('\n\n', '\r\n\r\n', '\r\r');

test('however a stream is cut, whole events come out, in order, and nothing is lost', () => {
  const event = fc.stringMatching(/^[a-z{}":é]{1,30}$/).map((text) => `data: ${text}`);
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 8 }),
      border,
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (events, end, sizes) => {
        const bytes = Buffer.from(events.map((text) => text + end).join('') + 'data: half');
        const frames = sseFrames(1000);
        const pieces: string[] = [];
        for (let at = 0; at < bytes.length;) {
          const size = sizes.next().value as number;
          const piece = frames.push(bytes.subarray(at, at + size));
          if (piece) pieces.push(piece.toString());
          at += size;
        }
        expect(pieces.join('')).toBe(events.map((text) => text + end).join(''));
        expect(pieces.every((piece) => piece.endsWith(end))).toBe(true);
        expect(frames.rest().toString()).toBe('data: half');
        const read = pieces.flatMap((piece) => sseEvents(Buffer.from(piece)).map(({ data }) => `data: ${data}`));
        expect(read).toEqual(events);
      },
    ),
  );
});

test('an event without an end is refused', () => {
  const frames = sseFrames(100);
  frames.push(Buffer.alloc(90, 'x'));
  expect(() => frames.push(Buffer.alloc(20, 'x'))).toThrow('longer than 100 bytes');
});
