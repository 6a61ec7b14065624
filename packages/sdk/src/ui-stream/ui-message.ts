import type { UIChunk, UIFilePart, UIMetadata, UITextPart } from './ui-chunk.ts';

/** A message as `useChat` keeps it. Assignable to the `UIMessage` of the package `ai`. */
export interface UIMessage {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  readonly metadata?: UIMetadata;
  readonly parts: UIPart[];
}

export type UIPart =
  | UITextPart
  | UIFilePart
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'step-start' }
  | { readonly type: 'steering-message'; readonly id: string; readonly parts: (UITextPart | UIFilePart)[] }
  | { readonly type: `data-${string}`; readonly id: string; readonly data: unknown }
  | UIToolPart;

export type UIToolPart = {
  readonly type: `tool-${string}`;
  readonly toolCallId: string;
  readonly input: unknown;
} & (
  | { readonly state: 'input-available' }
  | { readonly state: 'approval-requested'; readonly approval: Question }
  | { readonly state: 'approval-responded'; readonly approval: Question & Verdict<boolean> }
  | { readonly state: 'output-available'; readonly output: unknown; readonly approval?: Question & Verdict<true> }
  | { readonly state: 'output-error'; readonly errorText: string; readonly approval?: Question & Verdict<true> }
  | { readonly state: 'output-denied'; readonly approval: Question & Verdict<false> }
);

interface Question {
  readonly id: string;
  readonly requestReason: string;
  readonly descriptor: unknown;
}

interface Verdict<V extends boolean> {
  readonly approved: V;
  readonly reason?: string;
}

/** Puts the pieces of a message that came to its end together, as the AI SDK does on its side. */
export function foldChunks(chunks: readonly UIChunk[], id: string): UIMessage {
  const parts: UIPart[] = [];
  let metadata: UIMetadata | undefined;
  for (const chunk of chunks) {
    if ('messageMetadata' in chunk) metadata = chunk.messageMetadata;
    else if ('toolCallId' in chunk || 'approvalId' in chunk) replaceTool(parts, chunk);
    else addPart(parts, chunk);
  }
  return { id, role: 'assistant', ...(metadata ? { metadata } : {}), parts };
}

function addPart(parts: UIPart[], chunk: UIChunk): void {
  switch (chunk.type) {
    case 'start-step':
      return void parts.push({ type: 'step-start' });
    case 'text-delta':
      return void parts.push({ type: 'text', text: chunk.delta });
    case 'reasoning-delta':
      return void parts.push({ type: 'reasoning', text: chunk.delta });
    case 'steering-message':
      return void parts.push(chunk);
    default:
      if ('data' in chunk && chunk.id !== undefined) parts.push({ type: chunk.type, id: chunk.id, data: chunk.data });
  }
}

type ToolChunk = Extract<UIChunk, { toolCallId: string } | { approvalId: string }>;

function replaceTool(parts: UIPart[], chunk: ToolChunk): void {
  const at = parts.findIndex((part) => isSameCall(part, chunk));
  const before = parts[at];
  if (before && isToolPart(before)) parts[at] = afterChunk(before, chunk);
  else if (chunk.type === 'tool-input-available') {
    const { toolCallId, toolName, input } = chunk;
    parts.push({ type: `tool-${toolName}`, toolCallId, state: 'input-available', input });
  }
}

function isToolPart(part: UIPart): part is UIToolPart {
  return 'toolCallId' in part;
}

function isSameCall(part: UIPart, chunk: ToolChunk): boolean {
  if (!isToolPart(part)) return false;
  if ('toolCallId' in chunk) return part.toolCallId === chunk.toolCallId;
  return 'approval' in part && part.approval?.id === chunk.approvalId;
}

function afterChunk(part: UIToolPart, chunk: ToolChunk): UIToolPart {
  const { type, toolCallId, input } = part;
  const common = { type, toolCallId, input };
  const approval = 'approval' in part ? part.approval : undefined;
  const granted =
    approval && 'approved' in approval && approval.approved
      ? { approval: { ...approval, approved: true as const } }
      : {};
  switch (chunk.type) {
    case 'tool-input-available':
      return { ...common, input: chunk.input, state: 'input-available' };
    case 'tool-approval-request': {
      const question = { id: chunk.approvalId, requestReason: chunk.reason, descriptor: chunk.approvalDescriptor };
      return { ...common, state: 'approval-requested', approval: question };
    }
    case 'tool-approval-response': {
      const { approved, reason } = chunk;
      if (!approval) return part;
      const why = reason === undefined ? {} : { reason };
      return { ...common, state: 'approval-responded', approval: { ...approval, approved, ...why } };
    }
    case 'tool-output-available':
      return { ...common, ...granted, state: 'output-available', output: chunk.output };
    case 'tool-output-error':
      return { ...common, ...granted, state: 'output-error', errorText: chunk.errorText };
    case 'tool-output-denied':
      return approval ? { ...common, state: 'output-denied', approval: { ...approval, approved: false } } : part;
    default:
      return part;
  }
}
