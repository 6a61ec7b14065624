import { expect, test } from 'vitest';
import type { RunEvent } from '@capstan/sdk/contract';
import { createColour } from './colour.ts';
import { Transcript } from './transcript.ts';

/** What a test says of an event; the rest does not matter to what is shown. */
type Body = Readonly<Record<string, unknown>> & { readonly type: RunEvent['type'] };

const colour = createColour(false);

function shown(bodies: readonly Body[], diffs: Record<string, string> = {}): string {
  const transcript = new Transcript({ colour });
  const parts = bodies.map((body) => {
    const event = { v: 1, seq: 1, at: 0, sessionId: 's', runId: 'r', ...body } as unknown as RunEvent;
    return transcript.push(event, event.type === 'patch.created' ? diffs[event.id] : undefined);
  });
  return parts.join('') + transcript.close();
}

function decided(
  callId: string,
  tool: string,
  input: { [key: string]: string },
  verdict: 'allow' | 'ask' | 'deny' = 'allow',
): Body {
  return {
    type: 'tool.decided',
    callId,
    tool,
    input,
    effects: [],
    verdict,
    rule: `rule-${verdict}`,
    reason: 'because.',
  };
}

function ended(callId: string, tool: string, failed = false): Body {
  return { type: 'tool.ended', callId, tool, durationMs: 12, failed };
}

test('streamed text comes out as it came, and the whole message is not repeated', () => {
  const text = shown([
    { type: 'text.delta', text: 'Hel' },
    { type: 'text.delta', text: 'lo' },
    { type: 'message.added', message: { role: 'assistant', parts: [{ type: 'text', text: 'Hello' }] } },
  ]);
  expect(text).toBe('Hello\n');
});

test('a message that was not streamed is shown whole, as from a log', () => {
  const message = { role: 'assistant', parts: [{ type: 'text', text: 'Hello' }] } as const;
  expect(shown([{ type: 'message.added', message }])).toBe('Hello\n');
});

test('a card shows the call, the decision with its rule, live output and the time', () => {
  const text = shown([
    { type: 'text.delta', text: 'Now the tests.' },
    decided('1', 'shell', { command: 'npm test' }),
    { type: 'tool.started', callId: '1', tool: 'shell', inputHash: '' },
    { type: 'tool.progress', callId: '1', text: 'ok 1\nok' },
    { type: 'tool.progress', callId: '1', text: ' 2\n' },
    ended('1', 'shell'),
  ]);
  expect(text).toBe('Now the tests.\n\n● shell npm test  allowed by rule-allow\n  │ ok 1\n  │ ok 2\n  └ 12 ms\n');
});

test('output beyond the first lines is counted, and its end is shown', () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`).join('\n');
  const text = shown([
    decided('1', 'shell', { command: 'x' }),
    { type: 'tool.progress', callId: '1', text: lines },
    ended('1', 'shell'),
  ]);
  expect(text).toContain('│ line 11\n  │ … 82 more lines\n  │ line 94\n');
  expect(text).toContain('│ line 99\n  └ 12 ms');
});

test('of two calls at once each line says which it belongs to', () => {
  const text = shown([
    decided('1', 'read', { path: 'a' }),
    decided('2', 'read', { path: 'b' }),
    ended('1', 'read'),
    ended('2', 'read', true),
    {
      type: 'message.added',
      message: {
        role: 'tool',
        callId: '2',
        tool: 'read',
        parts: [{ type: 'text', text: 'No such file b.' }],
        failed: true,
      },
    },
  ]);
  expect(text).toContain('└ read a  12 ms');
  expect(text).toContain('└ failed after 12 ms\n  │ No such file b.');
});

test("a denial names its rule and reason, and the model's copy of it is not shown again", () => {
  const text = shown([
    decided('1', 'shell', { command: 'rm -rf /' }, 'deny'),
    {
      type: 'message.added',
      message: {
        role: 'tool',
        callId: '1',
        tool: 'shell',
        parts: [{ type: 'text', text: 'Not allowed' }],
        failed: true,
      },
    },
  ]);
  expect(text).toBe('● shell rm -rf /  denied by rule-deny: because.\n');
});

test('a call of an unknown tool is shown although nothing was decided on it', () => {
  const text = shown([
    {
      type: 'message.added',
      message: {
        role: 'tool',
        callId: '9',
        tool: 'fly',
        parts: [{ type: 'text', text: 'There is no tool "fly".' }],
        failed: true,
      },
    },
  ]);
  expect(text).toBe('● fly\n  │ There is no tool "fly".\n');
});

test('a patch shows its id, its files and its diff', () => {
  const diff = '--- a/x.ts\n+++ b/x.ts\n@@ -1 +1 @@\n-old\n+new\n';
  const text = shown(
    [
      {
        type: 'patch.created',
        callId: '1',
        id: '01P',
        files: [{ path: 'x.ts', change: 'modify', added: 1, removed: 1 }],
        added: 1,
        removed: 1,
      },
    ],
    { '01P': diff },
  );
  expect(text).toBe(
    '  patch 01P  modify x.ts  +1 -1\n    --- a/x.ts\n    +++ b/x.ts\n    @@ -1 +1 @@\n    -old\n    +new\n',
  );
});

test('text of models and tools cannot steer the terminal', () => {
  const text = shown([
    { type: 'text.delta', text: 'a\u001B]0;title\u0007b\u001B[2Jc\u202Ed' },
    decided('1', 'shell', { command: 'echo \u001B[1A\u001B[2Khidden' }),
    { type: 'tool.progress', callId: '1', text: '\u001B[31mred\u001B[0m\u0008\u0008\n' },
  ]);
  expect(text).toBe('abcd\n\n● shell echo hidden  allowed by rule-allow\n  │ red\n');
});

test('a progress bar shows its last state only', () => {
  const text = shown([
    decided('1', 'shell', { command: 'x' }),
    { type: 'tool.progress', callId: '1', text: '10%\r50%\r100%\n' },
  ]);
  expect(text).toContain('│ 100%\n');
  expect(text).not.toContain('50%');
});

test('thoughts are shown only when asked for', () => {
  expect(shown([{ type: 'reasoning.delta', text: 'hm' }])).toBe('');
  const transcript = new Transcript({ colour, reasoning: true });
  expect(
    transcript.push({ v: 1, seq: 0, at: 0, sessionId: 's', runId: 'r', type: 'reasoning.delta', text: 'hm' }),
  ).toBe('hm');
});

test('an approval is shown with who gave it', () => {
  const text = shown([
    decided('1', 'shell', { command: 'npm i' }, 'ask'),
    { type: 'approval.given', callId: '1', verdict: 'approved', by: 'ada' },
  ]);
  expect(text).toBe('● shell npm i  asks first: rule-ask\n  │ approved by ada\n');
});
