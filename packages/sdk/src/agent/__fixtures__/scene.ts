import { z } from 'zod';
import type { Policy } from '@capstan/policy';
import { defineTool } from '../../contract/define-tool.ts';
import type { RunEvent } from '../../contract/event.ts';
import type { Message } from '../../contract/message.ts';
import type { ModelRequest } from '../../contract/model.ts';
import type { Run } from '../../contract/run.ts';

/** Adds two numbers, with no effect. */
export const add = defineTool({
  name: 'add',
  description: 'Adds two numbers.',
  input: z.object({ a: z.number(), b: z.number() }),
  effects: [],
  execute: ({ a, b }) => String(a + b),
});

/** Writes a file of a name, or says so. */
export const touch = defineTool({
  name: 'touch',
  description: 'Writes a file of a name.',
  input: z.object({ name: z.string() }),
  effects: ({ name }) => [{ kind: 'write', path: `/repo/${name}` }],
  execute: ({ name }) => `wrote ${name}`,
});

/** A tool that ends when it is told to, by name. */
export function gate() {
  const open = new Map<string, () => void>();
  const started: string[] = [];
  const tool = defineTool({
    name: 'gate',
    description: 'Waits until it is opened.',
    input: z.object({ name: z.string() }),
    effects: [],
    execute: ({ name }) =>
      new Promise<string>((resolve) => {
        started.push(name);
        open.set(name, () => resolve(`${name} opened`));
      }),
  });
  return { tool, started, open: (name: string) => open.get(name)?.() };
}

/** Lets everything through. */
export const allowAll: Policy = {
  name: 'allow-all',
  roots: ['/repo'],
  rules: [],
  otherwise: { read: 'allow', write: 'allow', run: 'allow', network: 'allow', unknown: 'allow' },
};

/** All events of a run. */
export async function eventsOf(run: Run<unknown>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

/** The tool results in a request. */
export function results(request: ModelRequest | undefined): Extract<Message, { role: 'tool' }>[] {
  return (request?.messages ?? []).flatMap((message) => (message.role === 'tool' ? [message] : []));
}

/** The text of a message. */
export function textOf(
  message: { readonly parts: readonly { readonly type: string; readonly text?: string }[] } | undefined,
): string {
  return (message?.parts ?? []).map((part) => part.text ?? '').join('');
}

/** Waits for the first event of a type. */
export async function when<T extends RunEvent['type']>(run: Run<unknown>, type: T): Promise<Extract<RunEvent, { type: T }>> {
  for await (const event of run) if (event.type === type) return event as Extract<RunEvent, { type: T }>;
  throw new Error(`no ${type}`);
}
