import { setImmediate } from 'node:timers/promises';
import {
  CapstanError,
  type AssistantPart,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type StopReason,
} from '@capstan/sdk/contract';
import { readConversation } from './conversation.ts';
import { nextMove, readProgress, type Move } from './plan.ts';
import { report } from './report.ts';
import { abilities, beyond, introduction, pieces } from './words.ts';

/**
 * Makes the practice model: rules, no language model. It needs no key and no network and costs nothing.
 *
 * It improves a repository through the tools it is offered (`list`, `read`, `shell`, `find_opportunities`,
 * `apply_opportunity`), says plainly when it finds nothing it can safely do, and says once what it is. The same
 * conversation always gives the same reply.
 */
export function practice(): Model {
  return {
    id: 'capstan/practice',
    info: {
      contextWindow: 1_000_000,
      maxOutputTokens: 8_192,
      price: { input: 0, output: 0 },
      tools: true,
      local: true,
    },
    stream: (request, { signal }) => stream(request, signal),
    countTokens: (request) => tokensOf(JSON.stringify([request.instructions, request.messages, request.tools])),
  };
}

interface Reply {
  readonly text: string;
  readonly call?: Move['call'];
}

/** Decides the reply to a conversation, by rules alone. */
export function replyTo({ messages, tools }: ModelRequest): Reply {
  const conversation = readConversation(messages);
  const intro = conversation.introduced ? [] : [introduction];
  const progress = readProgress(conversation);
  const { intent } = progress;
  const say = (...paragraphs: string[]) => [...intro, ...paragraphs].filter((one) => one !== '').join('\n\n');
  if (intent === 'explain') return { text: say(abilities) };
  if (intent === 'other') return { text: say(beyond) };
  const offered = new Set(tools.map((tool) => tool.name));
  const move = nextMove(progress, conversation.steps, offered);
  return move ? { text: say(move.say), call: move.call } : { text: say(report(progress, offered)) };
}

async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
  if (request.output) {
    throw new CapstanError(
      'model_failed',
      'The practice model cannot fill a schema. Choose a real model with --model.',
    );
  }
  const { text, call } = replyTo(request.toolChoice === 'none' ? { ...request, tools: [] } : request);
  const limit = (request.maxOutputTokens ?? Infinity) * charsPerToken;
  const parts: AssistantPart[] = [];
  const kept = text.slice(0, limit);
  for (const piece of pieces(kept)) {
    await turn(signal);
    yield { type: 'text.delta', text: piece };
  }
  if (kept !== '') parts.push({ type: 'text', text: kept });
  const json = call ? JSON.stringify(call.input) : '';
  const cut = kept.length < text.length || kept.length + json.length > limit;
  if (call && !cut) {
    const callId = freshId(request);
    await turn(signal);
    yield { type: 'tool.delta', callId, tool: call.tool, json };
    parts.push({ type: 'call', callId, tool: call.tool, json });
  }
  const stopReason: StopReason = cut ? 'length' : call ? 'tools' : 'end';
  const written = kept.length + (cut ? 0 : json.length);
  await turn(signal);
  yield {
    type: 'message',
    message: { role: 'assistant', parts },
    stopReason,
    usage: {
      inputTokens: tokensOf(JSON.stringify(request.messages)),
      outputTokens: Math.ceil(written / charsPerToken),
    },
  };
}

const charsPerToken = 4;

/** Tokens of nothing in particular: four characters each, so that budgets in tokens mean something. */
function tokensOf(text: string): number {
  return Math.ceil(text.length / charsPerToken);
}

/** Lets readers see each piece, and a stop come through. */
async function turn(signal: AbortSignal): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw new CapstanError('aborted', 'The call was stopped.');
}

/** An id that no call of the conversation has. */
function freshId({ messages }: ModelRequest): string {
  const used = new Set<string>();
  for (const message of messages) {
    if (message.role !== 'assistant') continue;
    for (const part of message.parts) if (part.type === 'call') used.add(part.callId);
  }
  let number = used.size + 1;
  while (used.has(`practice-${number}`)) number += 1;
  return `practice-${number}`;
}
