import { pathToFileURL } from 'node:url';
import type { ToolContext } from '@capstan/sdk/contract';
import type { Client, ClientCapabilities, CreateMessageRequest, ElicitRequest } from '@modelcontextprotocol/client';
import type { McpHost, McpQuestion } from './mcp-host.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface ServerAsking {
  readonly server: string;
  readonly host: McpHost;
  /** The call under way that a request came in; undefined between calls. */
  readonly call: () => ToolContext | undefined;
}

/** What of the host a server is told of. */
export function capabilitiesOf({ roots, elicit, sampling }: McpHost): ClientCapabilities {
  return {
    ...(roots ? { roots: {} } : {}),
    ...(elicit ? { elicitation: { form: {}, url: {} } } : {}),
    ...(sampling ? { sampling: {} } : {}),
  };
}

/** Lets a client answer what its server asks. */
export function answerServer(client: Client, asking: ServerAsking): void {
  const { roots, elicit, sampling } = asking.host;
  if (roots) {
    const told = roots.map((path) => ({ uri: pathToFileURL(path).href }));
    client.setRequestHandler('roots/list', () => ({ roots: told }));
  }
  if (elicit) {
    client.setRequestHandler('elicitation/create', ({ params }, { mcpReq }) =>
      answerQuestion(elicit, { server: asking.server, params, signal: mcpReq.signal }),
    );
  }
  if (sampling) {
    client.setRequestHandler('sampling/createMessage', ({ params }, { mcpReq }) =>
      answerSample(asking, params, mcpReq.signal),
    );
  }
}

interface Asked {
  readonly server: string;
  readonly params: ElicitRequest['params'];
  readonly signal: AbortSignal;
}

async function answerQuestion(elicit: NonNullable<McpHost['elicit']>, { server, params, signal }: Asked) {
  const what: Pick<McpQuestion, 'form' | 'url'> =
    'url' in params ? { url: params.url } : { form: { ...params.requestedSchema } };
  const asked = elicit({ server, message: params.message, ...what, signal });
  // Whoever fails to ask has no answer to give.
  const reply = await unlessAborted(asked, signal).catch(() => 'failed' as const);
  if (reply === 'failed') return { action: 'cancel' as const };
  if (reply === undefined) return { action: 'decline' as const };
  return 'url' in params ? { action: 'accept' as const } : { action: 'accept' as const, content: { ...reply } };
}

let samples = 0;

async function answerSample(
  { server, host, call }: ServerAsking,
  params: CreateMessageRequest['params'],
  signal: AbortSignal,
) {
  const context = call();
  if (!host.sampling || !context) throw new Error('The model is not to be had: no call of a run is under way.');
  const text = sampleText(params);
  const { agent, allow } = host.sampling;
  const stop = AbortSignal.any([signal, context.signal]);
  const allowed = await unlessAborted(allow({ server, text, signal: stop }), stop).catch(() => false);
  if (!allowed) throw new Error('The user does not allow this request to the model.');
  // A call of its own within the call: its answer is not taken for that of another.
  const within = Object.create(context, {
    callId: { value: `${context.callId}.${++samples}`, enumerable: true },
    signal: { value: stop, enumerable: true },
  }) as ToolContext;
  const answer = await agent.execute({ task: text }, within);
  const words =
    typeof answer === 'string' ? answer : answer.map((part) => ('text' in part ? part.text : '')).join('\n');
  return {
    role: 'assistant' as const,
    content: { type: 'text' as const, text: words },
    model: 'capstan',
    stopReason: 'endTurn' as const,
  };
}

function sampleText({ systemPrompt, messages }: CreateMessageRequest['params']): string {
  const said = messages.map(({ role, content }) => {
    const blocks = Array.isArray(content) ? content : [content];
    const words = blocks.map((block) => (block.type === 'text' ? block.text : `[${block.type} left out]`));
    return messages.length === 1 ? words.join('\n') : `${role}: ${words.join('\n')}`;
  });
  return [systemPrompt ?? [], said].flat().join('\n\n');
}
