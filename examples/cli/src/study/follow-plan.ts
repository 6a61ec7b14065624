import type { AssistantMessage, Model, ModelEvent, RunStore, StopReason } from '@capstan/sdk/contract';
import type { Outcome } from '../frame/envelope.ts';
import { plainText } from '../render/plain-text.ts';
import { startRun, type RunSetup } from '../run/start-run.ts';
import type { FoundPlan } from './plan-files.ts';

/** Puts a plan and what the user adds to it into one task. */
export function planTask({ text, title }: FoundPlan, words: string): string {
  const more = words.trim() === '' ? '' : `\n\nBeside the plan: ${words}`;
  return `Carry out this plan: ${title}${more}

Take the steps in their order. Keep the to-do list: make a step active when you begin it, and done when it is done and checked. Where the plan is wrong, do what serves its aim and say so. In the end, see for each point of acceptance that it holds.

<plan>
${text}
</plan>`;
}

const most = 50;

/** Puts the steps of a plan into the session as its to-do list, by a call that goes through the log as any other. */
export async function beginPlan(setup: Omit<RunSetup, 'start'>, sessionId: string, plan: FoundPlan): Promise<void> {
  if (plan.steps.length === 0) return;
  const items = plan.steps
    .slice(0, most)
    .map(({ text, status = 'open' }) => ({ text: [...text].slice(0, 300).join(''), status }));
  const { todoTool } = await import('@capstan/tools');
  const { output: _, ...rest } = setup;
  await startRun({
    ...rest,
    settings: { output: 'envelope', reasoning: false, yes: false },
    model: listModel(JSON.stringify({ items })),
    tools: [todoTool()],
    budget: {},
    start: (agent, options) =>
      agent.run(`Keep the steps of the plan "${plan.title}" as the to-do list.`, { sessionId, ...options }),
  });
}

/** A stand-in for a model that writes the list and says so. */
function listModel(json: string): Model {
  return {
    id: 'capstan/plan',
    info: { price: { input: 0, output: 0 }, tools: true, local: true },
    async *stream({ messages }): AsyncGenerator<ModelEvent, void> {
      const written = messages.at(-1)?.role === 'tool';
      const call = { type: 'call', callId: `call_plan_${messages.length}`, tool: 'todo', json } as const;
      yield written
        ? closing([{ type: 'text', text: 'The steps stand in the list.' }], 'end')
        : closing([call], 'tools');
    },
    countTokens: () => 0,
  };
}

function closing(parts: AssistantMessage['parts'], stopReason: StopReason): ModelEvent {
  const message = { role: 'assistant', parts } as const;
  return { type: 'message', message, stopReason, usage: { inputTokens: 0, outputTokens: 0 } };
}

interface Step {
  readonly text: string;
  readonly status: string;
}

/** Adds to an outcome how far the plan has come, as the list says. */
export async function withProgress(
  outcome: Outcome,
  store: RunStore,
  { sessionId, plan }: { readonly sessionId: string; readonly plan: FoundPlan },
): Promise<Outcome> {
  const steps = await lastList(store, sessionId);
  const { id, path, title } = plan;
  const done = steps.filter(({ status }) => status === 'done' || status === 'dropped').length;
  const left = steps
    .filter(({ status }) => status !== 'done' && status !== 'dropped')
    .map(({ text }) => `  open: ${text}`);
  const words = plainText([`Plan "${title}": ${done} of ${steps.length} steps done`, ...left].join('\n'));
  return {
    ...outcome,
    payload: { ...(outcome.payload as object), plan: { ...(id === undefined ? {} : { id }), path, title, steps } },
    ...(outcome.text === undefined ? {} : { text: `${outcome.text.trimEnd()}\n${words}\n` }),
  };
}

/** The to-do list as it was last written in a session. */
async function lastList(store: RunStore, sessionId: string): Promise<readonly Step[]> {
  const events = await store.read(sessionId);
  for (const event of events.toReversed()) {
    if (event.type !== 'message.added' || event.message.role !== 'assistant') continue;
    for (const part of event.message.parts.toReversed()) {
      const list = part.type === 'call' && part.tool === 'todo' ? itemsOf(part.json) : undefined;
      if (list) return list;
    }
  }
  return [];
}

function itemsOf(json: string): readonly Step[] | undefined {
  try {
    const { items } = JSON.parse(json) as { items?: unknown };
    if (!Array.isArray(items)) return undefined;
    return items.flatMap((one: Partial<Step> | null) =>
      typeof one?.text === 'string' && typeof one.status === 'string' ? [{ text: one.text, status: one.status }] : [],
    );
  } catch {
    return undefined;
  }
}
