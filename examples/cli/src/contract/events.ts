import { patchFields, requestFields } from './parts.ts';
import { flag, json, list, number, object, oneOf, part, record, text, whole, type Shape } from './shape.ts';

/** The fields of each type of event, beside those of its header. */
export const eventFields: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  'run.started': {
    'input?': part('message'),
    model: text,
    tools: list(text),
    policy: text,
    budget: part('budget'),
    versions: record(text),
    hashes: object({ instructions: text, tools: text, policy: text }),
    seed: number,
    'parent?': text,
    'people?': object({ 'owner?': text, 'alone?': flag }),
    'resumed?': oneOf(true),
  },
  'turn.started': { turn: whole },
  'turn.ended': {
    turn: whole,
    usage: part('usage'),
    'costUsd?': number,
    stopReason: oneOf('end', 'tools', 'length', 'pause', 'refusal', 'interrupted'),
  },
  'message.added': { message: part('message'), 'queued?': whole, 'usage?': part('usage'), 'costUsd?': number },
  'message.queued': { id: whole, text, after: oneOf('calls', 'run') },
  'tool.decided': {
    callId: text,
    tool: text,
    input: json,
    effects: list(part('effect')),
    verdict: part('verdict'),
    rule: text,
    reason: text,
  },
  'approval.requested': requestFields,
  'approval.given': {
    callId: text,
    verdict: oneOf('approved', 'denied'),
    by: text,
    'reason?': text,
    'standIn?': oneOf(true),
  },
  'tool.started': { callId: text, tool: text, inputHash: text },
  'tool.ended': {
    callId: text,
    tool: text,
    durationMs: number,
    failed: flag,
    'result?': list(part('resultPart')),
    'usage?': part('usage'),
    'costUsd?': number,
    'turns?': whole,
    'tainted?': oneOf(true),
  },
  'patch.created': { callId: text, ...patchFields },
  'model.retried': { attempt: whole, waitMs: number, error: part('error') },
  'model.switched': { from: text, to: text, error: part('error') },
  'context.compacted': {
    tokensBefore: number,
    tokensAfter: number,
    trimmed: whole,
    'imagesOnly?': oneOf(true),
    dropped: whole,
    summary: text,
    'usage?': part('usage'),
    'costUsd?': number,
  },
  'budget.warned': { limit: part('limit'), spent: number, of: number },
  'run.ended': {
    reason: part('runReason'),
    usage: part('usage'),
    'costUsd?': number,
    turns: whole,
    text,
    'output?': json,
    'error?': part('error'),
    'limit?': part('limit'),
    'stopped?': text,
  },
  'session.renamed': { title: text, 'summary?': text },
  'text.delta': { text },
  'reasoning.delta': { text },
  'tool.delta': { callId: text, tool: text, json: text },
  'tool.progress': { callId: text, text },
  child: { callId: text, event: part('event') },
};

const header = { v: oneOf(1), seq: whole, at: number, sessionId: text, runId: text };

/** Every type of event under its name, and `event`: any of them. */
export const events: Readonly<Record<string, Shape>> = {
  ...Object.fromEntries(
    Object.entries(eventFields).map(([type, fields]) => [
      `event.${type}`,
      object({ ...header, type: oneOf(type), ...fields }),
    ]),
  ),
  event: { oneOf: Object.keys(eventFields).map((type) => part(`event.${type}`)) },
};
