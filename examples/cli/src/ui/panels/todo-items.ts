import type { DurableEvent, Json } from '@capstan/sdk/contract';

/** A step of the model's to-do list. */
export interface Todo {
  readonly text: string;
  readonly status: string;
}

/** Reads the list as the last call of the `todo` tool gave it; empty where there was none. */
export function todosOf(events: readonly DurableEvent[]): readonly Todo[] {
  const last = events.findLast((event) => event.type === 'tool.decided' && event.tool === 'todo');
  return last?.type === 'tool.decided' ? todosIn(last.input) : [];
}

/** Reads the list from the input of a call of the `todo` tool. */
export function todosIn(input: Json): readonly Todo[] {
  const { items } = (input ?? {}) as { readonly items?: unknown };
  if (!Array.isArray(items)) return [];
  return items.flatMap((each: unknown) => {
    const { text, status } = (each ?? {}) as Partial<Todo>;
    return typeof text === 'string' && typeof status === 'string' ? [{ text, status }] : [];
  });
}
