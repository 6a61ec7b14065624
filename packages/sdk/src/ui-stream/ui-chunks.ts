import type { ApprovalGiven, ApprovalRequested, EventOf, RunEnded, RunEvent } from '../contract/event.ts';
import type { Json } from '../contract/json.ts';
import type { Message, ResultPart, ToolCallPart, ToolMessage } from '../contract/message.ts';
import { ShownStep } from './shown-step.ts';
import type { UIChunk, UIMetadata } from './ui-chunk.ts';
import { uiPartsOf } from './user-parts.ts';

interface Asked {
  readonly request: ApprovalRequested;
  /** The call at which a chat shows the question. */
  readonly shownAt: string;
  readonly approvedBy: Set<string>;
  denied: boolean;
}

/** Our own events that a chat may show; the protocol has no words for them, so they go as data parts. */
const shownAsData: ReadonlySet<RunEvent['type']> = new Set<RunEvent['type']>([
  'patch.created',
  'context.compacted',
  'budget.warned',
  'model.retried',
  'model.switched',
  'tool.progress',
  'child',
]);

const live: ReadonlySet<RunEvent['type']> = new Set<RunEvent['type']>(['tool.progress', 'child', 'model.retried']);

/** Turns the events of one run, in order, into pieces of one UI message. */
export class UIChunks {
  readonly #step = new ShownStep();
  readonly #asked = new Map<string, Asked>();
  readonly #inputs = new Map<string, string>();
  readonly #settled = new Set<string>();
  #started = false;
  #runId = '';
  #stopReason = '';

  take(event: RunEvent): UIChunk[] {
    this.#runId = event.runId;
    const chunks = this.#chunksOf(event);
    if (this.#started) return chunks;
    this.#started = true;
    const messageMetadata = { runId: event.runId, sessionId: event.sessionId };
    return [{ type: 'start', messageId: event.runId, messageMetadata }, ...chunks];
  }

  /** What was taken so far has been told elsewhere: a message is opened again, to go on with. */
  beginAgain(): void {
    this.#started = false;
  }

  #chunksOf(event: RunEvent): UIChunk[] {
    switch (event.type) {
      case 'turn.started':
        this.#step.begin();
        return [{ type: 'start-step' }];
      case 'text.delta':
      case 'reasoning.delta':
        return this.#step.delta(event.type === 'text.delta' ? 'text' : 'reasoning', event.text, event.seq);
      case 'tool.delta':
        return this.#step.call(event.callId, event.tool, event.json);
      case 'message.added':
        return this.#message(event.message, event);
      case 'tool.decided':
        return this.#input(event.callId, event.tool, event.input);
      case 'approval.requested':
        return this.#ask(event);
      case 'approval.given':
        return this.#answered(event);
      case 'tool.ended':
        return event.result ? this.#output(event.callId, event.result, event.failed) : [];
      case 'turn.ended':
        this.#stopReason = event.stopReason;
        return [...this.#step.close(), { type: 'finish-step' }];
      case 'model.retried':
      case 'model.switched':
        return [...this.#step.takeBack(), ...dataOf(event)];
      case 'run.ended':
        // A run that paused has one end, and a message one finish, each time it is taken up.
        return this.#end(event);
      case 'child':
        return [...this.#childAsks(event.callId, event.event), ...dataOf(event)];
      default:
        return dataOf(event);
    }
  }

  #message(message: Message, event: EventOf<'message.added'>): UIChunk[] {
    if (message.role === 'tool') return this.#result(message);
    if (message.role === 'user') {
      if (event.queued === undefined) return [];
      const id = `${event.runId}.${event.seq}`;
      const steering: UIChunk = { type: 'steering-message', id, parts: uiPartsOf(message.parts) };
      this.#step.beside.push(steering);
      return [steering];
    }
    const calls = message.parts.filter((part): part is ToolCallPart => part.type === 'call');
    return [
      ...this.#step.settle(message, event.seq),
      ...calls.flatMap(({ callId, tool, json }) => this.#input(callId, tool, parsed(json))),
    ];
  }

  /** The arguments of a call, told again if it is run with others than the model wrote. */
  #input(callId: string, tool: string, input: Json): UIChunk[] {
    const text = JSON.stringify(input);
    if (this.#inputs.get(callId) === text) return [];
    this.#inputs.set(callId, text);
    return [{ type: 'tool-input-available', toolCallId: callId, toolName: tool, input }];
  }

  #ask(event: EventOf<'approval.requested'>): UIChunk[] {
    this.#asked.set(event.callId, { request: event, shownAt: event.callId, approvedBy: new Set(), denied: false });
    return [requestChunk(event.runId, event, event.callId)];
  }

  #answered({ callId, verdict, by, reason, runId }: EventOf<'approval.given'> & ApprovalGiven): UIChunk[] {
    const asked = this.#asked.get(callId);
    const approved = verdict === 'approved';
    asked?.approvedBy.add(by);
    if (asked && !approved) asked.denied = true;
    // The protocol knows one answer a question, so of several people it is told the last.
    if (approved && asked && asked.approvedBy.size < asked.request.approvals) return [];
    const why = reason === undefined ? {} : { reason };
    return [{ type: 'tool-approval-response', approvalId: approvalIdOf(runId, callId), approved, ...why }];
  }

  /** A sub-agent's call waits for people: for a chat it is the call of the sub-agent that does. */
  #childAsks(callId: string, event: RunEvent): UIChunk[] {
    if (event.type === 'child') return this.#childAsks(callId, event.event);
    if (event.type === 'approval.given') return this.#answered({ ...event, runId: this.#runId });
    if (event.type !== 'approval.requested') return [];
    this.#asked.set(event.callId, { request: event, shownAt: callId, approvedBy: new Set(), denied: false });
    return [requestChunk(this.#runId, event, callId)];
  }

  #result({ callId, parts, failed }: ToolMessage): UIChunk[] {
    return this.#output(callId, parts, failed === true);
  }

  #output(callId: string, parts: readonly ResultPart[], failed: boolean): UIChunk[] {
    if (this.#settled.has(callId)) return [];
    this.#settled.add(callId);
    if (failed && this.#asked.get(callId)?.denied) return [{ type: 'tool-output-denied', toolCallId: callId }];
    if (failed) return [{ type: 'tool-output-error', toolCallId: callId, errorText: textOf(parts) }];
    const [only] = parts;
    const output = parts.length === 1 && only?.type === 'text' ? only.text : parts;
    return [{ type: 'tool-output-available', toolCallId: callId, output }];
  }

  #end(event: EventOf<'run.ended'>): UIChunk[] {
    const { reason, error, stopped } = event;
    const messageMetadata = metadataOf(event);
    const chunks = this.#step.close();
    const finish = (finishReason: (UIChunk & { type: 'finish' })['finishReason']): UIChunk[] => [
      ...chunks,
      { type: 'finish', finishReason, messageMetadata },
    ];
    switch (reason) {
      case 'done':
        return finish(this.#stopReason === 'length' ? 'length' : 'stop');
      case 'approval':
        chunks.push(...this.#stillAsked(event.runId));
        return finish('tool-calls');
      case 'stopped':
        chunks.push({ type: 'abort', ...(stopped === undefined ? {} : { reason: stopped }) });
        return finish('interrupted');
      case 'budget':
        return finish('interrupted');
      case 'failed':
        // A client stops reading at an error.
        chunks.push({ type: 'message-metadata', messageMetadata });
        chunks.push({ type: 'error', errorText: error?.message ?? 'The run failed.' });
        return finish('error');
      default:
        return reason satisfies never;
    }
  }

  /** Calls that one of several people has approved: for a client they wait for an answer again. */
  #stillAsked(runId: string): UIChunk[] {
    const open = [...this.#asked.values()].filter(
      ({ shownAt, approvedBy }) => !this.#settled.has(shownAt) && approvedBy.size > 0,
    );
    return open.map(({ request, shownAt }) => requestChunk(runId, request, shownAt));
  }
}

/** The id that an answer names: with the run, so that a server needs to keep nothing to find it again. */
export function approvalIdOf(runId: string, callId: string): string {
  return `${runId}:${callId}`;
}

function requestChunk(runId: string, request: ApprovalRequested, toolCallId: string): UIChunk {
  const { callId, preview, reason, rule, approvals, expiresAt } = request;
  return {
    type: 'tool-approval-request',
    approvalId: approvalIdOf(runId, callId),
    toolCallId,
    reason,
    approvalDescriptor: { preview: { ...preview }, rule, approvals, expiresAt },
  };
}

function dataOf(event: RunEvent): UIChunk[] {
  if (!shownAsData.has(event.type)) return [];
  const type = `data-${event.type.replaceAll('.', '-')}` as const;
  if (live.has(event.type)) return [{ type, data: event, transient: true }];
  return [{ type, id: `${event.runId}.${event.seq}`, data: event }];
}

function metadataOf(event: RunEnded & { readonly runId: string; readonly sessionId: string }): UIMetadata {
  const { runId, sessionId, reason, usage, costUsd, turns } = event;
  return { runId, sessionId, reason, usage, turns, ...(costUsd === undefined ? {} : { costUsd }) };
}

function parsed(json: string): Json {
  try {
    return JSON.parse(json) as Json;
  } catch {
    return json;
  }
}

function textOf(parts: readonly ResultPart[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
