import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { ApprovalRequested } from '@capstan/sdk/contract';
import type { Io } from '../frame/io.ts';
import { createColour } from '../render/colour.ts';
import { terminalApprover, yesApprover, type ApproverContext } from './approver.ts';

const { signal } = new AbortController();
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

/** A person who types these lines; gives what was shown. */
function person(...lines: readonly string[]) {
  const stdin = new PassThrough();
  const shown: string[] = [];
  const left = [...lines];
  const show = async (text: string | Uint8Array) => {
    shown.push(String(text));
    if (/\? $/.test(String(text))) queueMicrotask(() => stdin.write(`${left.shift() ?? 'n'}\n`));
  };
  const io = { stdin, out: show, err: show, errIsTerminal: true } as unknown as Io;
  const approver = terminalApprover({ io, colour: createColour(false), by: 'ann' });
  return {
    shown,
    ask: (asked = request, context: Partial<ApproverContext> = {}) => approver(asked, { signal, ...context }),
  };
}

function offer() {
  const kept: string[] = [];
  return { kept, always: { pattern: 'exactly `npm install` in /repo', keep: () => void kept.push('kept') } };
}

test('always shows the exact pattern and writes it', async () => {
  const { shown, ask } = person('a');
  const { kept, always } = offer();
  expect(await ask(request, { always })).toEqual({ kind: 'approve', by: ['ann (always)'] });
  expect(kept).toEqual(['kept']);
  expect(shown.join('')).toContain('always: exactly `npm install` in /repo');
});

test('once and for this session write nothing, and a session is not asked again', async () => {
  const { shown, ask } = person('y', 's');
  const { kept, always } = offer();
  expect(await ask(request, { always })).toEqual({ kind: 'approve', by: ['ann'] });
  expect(await ask(request, { always })).toEqual({ kind: 'approve', by: ['ann'] });
  const before = shown.length;
  expect(await ask(request, { always })).toEqual({ kind: 'approve', by: ['ann (this session)'] });
  expect([kept, shown.length]).toEqual([[], before]);
});

test('where always cannot be said as a rule it is not offered, and its letter is no answer', async () => {
  const { shown, ask } = person('a', 'n');
  expect(await ask()).toEqual({ kind: 'deny', by: 'ann' });
  expect(shown.join('')).not.toContain('always');
});

test('other words deny, and reach the model', async () => {
  expect(await person('use pnpm instead').ask()).toEqual({ kind: 'deny', by: 'ann', reason: 'use pnpm instead' });
});

test('alone, two people are stood in for by a second confirmation that the log tells', async () => {
  const two = { ...request, approvals: 2 };
  const { shown, ask } = person('y', 'confirm');
  expect(await ask(two, offer())).toEqual({ kind: 'approve', by: ['ann', 'ann (alone, confirmed 2 times)'] });
  expect(shown.join('')).not.toContain('always');
  expect(await person('y', 'yes').ask(two)).toEqual({ kind: 'deny', by: 'ann' });
});

test('--yes stands neither for two people nor for a look at a licence', async () => {
  const approve = yesApprover('ann');
  expect((await approve(request, { signal })).kind).toBe('approve');
  expect((await approve({ ...request, approvals: 2 }, { signal })).kind).toBe('deny');
  expect((await approve({ ...request, rule: 'foreign-text' }, { signal })).kind).toBe('deny');
});
