import {
  either,
  flag,
  json,
  list,
  number,
  object,
  oneOf,
  orNull,
  part,
  record,
  text,
  whole,
  type Shape,
} from './shape.ts';

const runReason = oneOf('done', 'budget', 'approval', 'stopped', 'failed');
const verdict = oneOf('allow', 'ask', 'deny');

const provider = { 'provider?': object({ vendor: text, data: json }) };

const effect = either(
  object({ kind: oneOf('read'), path: text, 'extent?': oneOf('file', 'tree', 'pattern') }),
  object({
    kind: oneOf('write'),
    path: text,
    'extent?': oneOf('file', 'tree', 'pattern'),
    'change?': oneOf('create', 'modify', 'delete'),
    'copies?': list(object({ source: text, 'licence?': text, allowed: flag, lines: list(whole) })),
  }),
  object({ kind: oneOf('run'), command: text, 'argv?': list(text), cwd: text }),
  object({ kind: oneOf('network'), url: text, 'addresses?': list(text), 'guarded?': oneOf(true) }),
  object({ kind: oneOf('unknown'), note: text }),
);

const preview = either(
  object({ kind: oneOf('diff'), diff: text }),
  object({ kind: oneOf('command'), command: text, cwd: text }),
  object({ kind: oneOf('text'), text }),
);

const textPart = object({ type: oneOf('text'), text, ...provider });
const imagePart = object({ type: oneOf('image'), mediaType: text, 'data?': text, 'url?': text });
const filePart = object({ type: oneOf('file'), mediaType: text, 'name?': text, 'data?': text, 'url?': text });
const reasoningPart = object({ type: oneOf('reasoning'), text, ...provider });
const callPart = object({ type: oneOf('call'), callId: text, tool: text, json: text, ...provider });

/** Fields of a message by who speaks. */
export const messageFields = {
  user: { role: oneOf('user'), parts: list(part('resultPart')) },
  assistant: {
    role: oneOf('assistant'),
    parts: list(either(textPart, reasoningPart, callPart)),
    'interrupted?': oneOf(true),
  },
  tool: {
    role: oneOf('tool'),
    callId: text,
    tool: text,
    parts: list(part('resultPart')),
    'failed?': oneOf(true),
    'interrupted?': oneOf(true),
  },
} as const;

/** Fields of a patch, wherever one is told of. */
export const patchFields = { id: text, files: list(part('patchedFile')), added: whole, removed: whole };

/** Fields of a patch as the journal keeps it. */
export const keptPatchFields = {
  ...patchFields,
  state: oneOf('applied', 'rolled-back', 'proposed', 'rejected'),
  at: number,
  'runId?': text,
  'callId?': text,
  'label?': text,
  'parent?': text,
  hash: text,
};

/** What an approval is asked with. */
export const requestFields = {
  callId: text,
  tool: text,
  preview: part('preview'),
  reason: text,
  rule: text,
  approvals: whole,
  shown: text,
  expiresAt: number,
};

/** Parts that several payloads and events share. */
export const parts: Readonly<Record<string, Shape>> = {
  error: object({
    code: oneOf(
      'usage',
      'internal',
      'model_failed',
      'auth_missing',
      'auth_refused',
      'rate_limited',
      'context_overflow',
      'tool_failed',
      'store_failed',
      'conflict',
      'invalid_config',
      'path_outside',
      'patch_failed',
      'sandbox_unavailable',
      'not_found',
      'aborted',
    ),
    message: text,
    'details?': object({
      'retryable?': flag,
      'resumable?': flag,
      'retryAfterMs?': number,
      'status?': whole,
      'model?': text,
      'requestId?': text,
      'usage?': part('usage'),
      'where?': text,
    }),
  }),
  usage: object({
    inputTokens: number,
    outputTokens: number,
    'cachedInputTokens?': number,
    'cacheWriteTokens?': number,
    'reasoningTokens?': number,
    'estimated?': oneOf(true),
  }),
  budget: object({ 'costUsd?': number, 'tokens?': number, 'seconds?': number, 'turns?': number, 'toolCalls?': number }),
  limit: oneOf('costUsd', 'tokens', 'seconds', 'turns', 'toolCalls'),
  mode: oneOf('read-only', 'suggest', 'auto-edit', 'full-auto'),
  runReason,
  verdict,
  effect,
  preview,
  resultPart: either(textPart, imagePart, filePart),
  message: either(object(messageFields.user), object(messageFields.assistant), object(messageFields.tool)),
  patchedFile: object({ path: text, change: oneOf('create', 'modify', 'delete'), added: whole, removed: whole }),
  patch: object(patchFields),
  approval: {
    ...object({ ...requestFields, 'type?': oneOf('approval.requested') }),
    // A pending approval is told as its event, header and all.
    additionalProperties: true,
  },
  modelInfo: object({
    'contextWindow?': whole,
    'maxOutputTokens?': whole,
    'price?': object({
      input: number,
      output: number,
      'cachedInput?': number,
      'cacheWrite?': number,
      'date?': text,
      'source?': text,
    }),
    'tools?': flag,
    'vision?': flag,
    'reasoning?': flag,
    'local?': flag,
  }),
  call: object({
    callId: text,
    tool: text,
    'verdict?': verdict,
    'rule?': text,
    outcome: oneOf('done', 'failed', 'denied', 'pending'),
    acts: flag,
    'durationMs?': number,
  }),
  run: object(runFields()),
  config: object({
    '$schema?': text,
    'model?': text,
    'mode?': part('mode'),
    'relay?': text,
    'budget?': part('budget'),
    'providers?': record(json),
    'plugins?': record(text),
    'theme?': text,
    'bell?': text,
    'lsp?': either(flag, record(json)),
    'telemetry?': object({ 'otlp?': text, 'file?': text, 'content?': flag }),
  }),
  session: object({
    sessionId: text,
    lastSeq: whole,
    createdAt: number,
    updatedAt: number,
    lastRunId: text,
    ...sessionFields(),
  }),
};

/** What a run gives, and what follows from it. */
export function runFields(): Record<string, Shape> {
  return {
    runId: text,
    sessionId: text,
    reason: part('runReason'),
    text,
    'why?': text,
    model: text,
    mode: part('mode'),
    turns: whole,
    usage: part('usage'),
    costUsd: orNull(number),
    budget: part('budget'),
    calls: list(part('call')),
    patches: list(part('patch')),
    rollback: orNull(text),
    'pending?': list(part('approval')),
    'resume?': text,
    'output?': json,
    'limit?': part('limit'),
    'error?': part('error'),
  };
}

/** What is known of a session from its events. */
export function sessionFields(): Record<string, Shape> {
  return {
    title: text,
    runs: whole,
    'costUsd?': number,
    patches: whole,
    state: oneOf('done', 'budget', 'approval', 'stopped', 'failed', 'open'),
    model: text,
  };
}
