import { expect, test } from 'vitest';
import type { ApprovalRequested, Run } from '@capstan/sdk/contract';
import { createColour } from '../render/colour.ts';
import type { ApprovalCard } from './approval-card.ts';
import { Approvals, type ApprovalsOptions } from './approvals.ts';

const request: ApprovalRequested = {
  type: 'approval.requested',
  callId: 'c1',
  tool: 'shell',
  preview: { kind: 'command', command: 'npm install', cwd: '/repo' },
  reason: 'It reaches a registry.',
  rule: 'otherwise.run',
  approvals: 1,
  shown: 'x',
  expiresAt: 0,
};

/** The approvals of a terminal whose person presses these keys, one card each. */
function desk(keys: string, pattern?: string) {
  const said: string[] = [];
  const cards: string[] = [];
  const left = [...keys];
  const run = {
    approve: (_: string, { by }: { by: string }) => said.push(`approved by ${by}`),
    deny: (_: string, { by }: { by: string }) => said.push(`denied by ${by}`),
  } as unknown as Run;
  const colour = createColour(false);
  const plain = (text: string) => text;
  const list = { selectedPrefix: plain, selectedText: plain, description: plain, scrollInfo: plain, noMatch: plain };
  const approvals = new Approvals({
    tui: { terminal: { rows: 40 } },
    theme: () => ({ colour, list }),
    dock: {
      ask: (make: (done: () => void) => ApprovalCard) => {
        const card = make(() => {});
        cards.push(card.render(100).join('\n'));
        card.handleInput(left.shift() ?? 'n');
      },
    },
    by: 'ann',
    run: () => run,
    always: () => (pattern === undefined ? undefined : { pattern, keep: () => said.push('kept') }),
    note: (text: string) => said.push(text),
  } as unknown as ApprovalsOptions);
  return { said, cards, ask: (asked = request) => approvals.ask(asked) };
}

test('always shows the exact pattern, writes it, and says so', () => {
  const { said, cards, ask } = desk('a', 'exactly `npm install` in /repo');
  ask();
  expect(cards[0]).toContain('always: exactly `npm install` in /repo');
  expect(said).toEqual(['kept', 'From now on allowed: exactly `npm install` in /repo.', 'approved by ann (always)']);
});

test('where always cannot be said as a rule, its key does nothing', () => {
  const { said, cards, ask } = desk('a');
  ask();
  expect(cards[0]).not.toContain('always');
  expect(said).toEqual([]);
});

test('what is allowed for this session is not asked again', () => {
  const { said, cards, ask } = desk('s', 'x');
  ask();
  ask();
  expect(cards).toHaveLength(1);
  expect(said).toEqual(['approved by ann', 'approved by ann (this session)']);
});

test('alone, two people are stood in for by a second confirmation', () => {
  const { said, cards, ask } = desk('yy', 'x');
  ask({ ...request, approvals: 2 });
  expect(cards).toHaveLength(2);
  expect(cards[0]).not.toContain('always');
  expect(said.slice(1)).toEqual(['approved by ann', 'approved by ann (alone, confirmed 2 times)']);
});
