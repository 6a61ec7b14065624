import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionUpdate, ToolCallContent } from '@agentclientprotocol/sdk';
import type { Json, Model, PatchCreated, RunEvent, ToolMessage } from '@capstan/sdk/contract';
import type { Worktree } from '@capstan/tools';
import { applyPatch, parsePatch, reversePatch } from 'diff';
import { callLabel } from '../render/call-label.ts';
import { plainText } from '../render/plain-text.ts';
import { todosIn } from '../ui/panels/todo-items.ts';
import { callKind, callLocations } from './call-kind.ts';

export interface SessionUpdatesOptions {
  readonly worktree: Worktree;
  readonly model: () => Model;
  readonly send: (update: SessionUpdate) => void;
}

/** Longest output of a call that an editor is shown, in characters; the end of it. */
const most = 60_000;

const planStatus: Readonly<Record<string, 'pending' | 'in_progress' | 'completed'>> = {
  open: 'pending',
  active: 'in_progress',
  done: 'completed',
  dropped: 'completed',
};

/** Tells an editor what happens in a run, event for event. Also of a kept log: then nothing was streamed before. */
export class SessionUpdates {
  readonly #options: SessionUpdatesOptions;
  readonly #calls = new Map<string, { readonly content: ToolCallContent[]; output: string }>();
  #streamed = false;

  constructor(options: SessionUpdatesOptions) {
    this.#options = options;
  }

  /** Tells of an event. */
  async push(event: RunEvent): Promise<void> {
    const { send, worktree } = this.#options;
    switch (event.type) {
      case 'text.delta':
        this.#streamed = true;
        return send({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: event.text } });
      case 'reasoning.delta':
        return send({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: event.text } });
      case 'message.added':
        return this.#message(event);
      case 'tool.decided':
        if (event.tool === 'todo') return this.#plan(event.input);
        this.#call(event.callId);
        return send({
          sessionUpdate: 'tool_call',
          toolCallId: event.callId,
          title: callLabel(event.tool, event.input, 120),
          kind: callKind(event),
          status: 'pending',
          rawInput: event.input,
          locations: callLocations(event, worktree.root),
        });
      case 'tool.started':
        return this.#update(event.callId, { status: 'in_progress' });
      case 'tool.progress':
        return this.#progress(event.callId, event.text);
      case 'patch.created':
        return this.#patch(event);
      case 'turn.ended':
        return this.#usage(event.usage.inputTokens + event.usage.outputTokens);
      default:
        return;
    }
  }

  /** Tells what the person said, of a log that is shown again. */
  said(text: string): void {
    this.#options.send({ sessionUpdate: 'user_message_chunk', content: { type: 'text', text } });
  }

  /** Puts a terminal of the editor into a call. */
  terminal(callId: string, terminalId: string): void {
    this.#call(callId).content.push({ type: 'terminal', terminalId });
    this.#update(callId, { content: this.#call(callId).content });
  }

  #call(callId: string) {
    const known = this.#calls.get(callId);
    if (known) return known;
    const call = { content: [] as ToolCallContent[], output: '' };
    this.#calls.set(callId, call);
    return call;
  }

  #update(toolCallId: string, rest: object): void {
    if (this.#calls.has(toolCallId)) this.#options.send({ sessionUpdate: 'tool_call_update', toolCallId, ...rest });
  }

  #progress(callId: string, text: string): void {
    const call = this.#call(callId);
    call.output = (call.output + plainText(text)).slice(-most);
    const shown: ToolCallContent = { type: 'content', content: { type: 'text', text: fenced(call.output) } };
    this.#update(callId, { content: [...call.content, shown] });
  }

  #message({ message }: Extract<RunEvent, { type: 'message.added' }>): void {
    if (message.role === 'tool') return this.#result(message);
    if (message.role !== 'assistant') return;
    const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
    if (!this.#streamed && text !== '')
      this.#options.send({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } });
    this.#streamed = false;
  }

  #result({ callId, parts, failed }: ToolMessage): void {
    const call = this.#calls.get(callId);
    if (!call) return;
    const text = plainText(parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n')).slice(0, most);
    const shown: ToolCallContent[] = call.content.some(({ type }) => type === 'terminal')
      ? call.content
      : [...call.content, { type: 'content', content: { type: 'text', text: fenced(text) } }];
    this.#update(callId, { status: failed ? 'failed' : 'completed', content: shown, rawOutput: { text } });
  }

  /** Shows each changed file as it was and as it is. */
  async #patch(event: PatchCreated): Promise<void> {
    const { worktree } = this.#options;
    const shown = await diffsOf(event, worktree).catch(() => []);
    if (shown.length === 0) return;
    this.#call(event.callId).content.push(...shown);
    this.#update(event.callId, { content: this.#call(event.callId).content });
  }

  #plan(input: Json): void {
    const entries = todosIn(input).map(({ text, status }) => ({
      content: text,
      priority: 'medium' as const,
      status: planStatus[status] ?? 'pending',
    }));
    this.#options.send({ sessionUpdate: 'plan', entries });
  }

  #usage(used: number): void {
    const size = this.#options.model().info.contextWindow;
    if (size !== undefined) this.#options.send({ sessionUpdate: 'usage_update', used, size });
  }
}

async function diffsOf({ id, files }: PatchCreated, worktree: Worktree): Promise<ToolCallContent[]> {
  const { diff } = await worktree.patches.show(id);
  const patches = parsePatch(diff);
  const shown = files.slice(0, patches.length).map(async ({ path }, at): Promise<ToolCallContent | undefined> => {
    const patch = patches[at];
    const absolute = join(worktree.root, path);
    const newText = await readFile(absolute, 'utf8').catch(() => '');
    const oldText = patch && applyPatch(newText, reversePatch(patch));
    if (typeof oldText !== 'string') return undefined;
    return { type: 'diff', path: absolute, oldText: oldText === '' ? null : oldText, newText };
  });
  return (await Promise.all(shown)).filter((each) => each !== undefined);
}

function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.trimEnd()}\n${fence}`;
}
