import { CapstanError, type Tool } from '@capstan/sdk/contract';

/** One step of a task. */
export interface TodoItem {
  readonly text: string;
  readonly status: 'open' | 'active' | 'done' | 'dropped';
}

const marks: Readonly<Record<TodoItem['status'], string>> = { open: '[ ]', active: '[>]', done: '[x]', dropped: '[-]' };
const maxItems = 50;

/**
 * Makes the `todo` tool, with which a model keeps the steps of a task. Each call gives the whole list, so the list is
 * nothing but the input of the last call, in the log as everything else.
 */
export function todoTool(): Tool {
  const tool: Tool<{ items: readonly TodoItem[] }> = {
    name: 'todo',
    description:
      'Keeps the list of steps of a task of several steps, for the user to see. Give the whole list each time: at most one step active, a step done only when it is. Not needed for a task of one or two steps.',
    input: {
      type: 'object',
      properties: {
        items: {
          type: 'array',
          maxItems,
          items: {
            type: 'object',
            properties: {
              text: { type: 'string', minLength: 1, maxLength: 300 },
              status: { enum: Object.keys(marks) },
            },
            required: ['text', 'status'],
            additionalProperties: false,
          },
        },
      },
      required: ['items'],
      additionalProperties: false,
    },
    effects: () => [],
    execute({ items }) {
      const active = items.filter(({ status }) => status === 'active').length;
      if (active > 1)
        throw new CapstanError(
          'tool_failed',
          `${active} steps are active. Work on one at a time; make the others open.`,
        );
      return printTodo(items);
    },
  };
  return tool as Tool;
}

/** Prints a list of steps, one a line, with how many are done. */
export function printTodo(items: readonly TodoItem[]): string {
  if (items.length === 0) return 'The list is empty.';
  const done = items.filter(({ status }) => status === 'done' || status === 'dropped').length;
  return [
    `${done} of ${items.length} done`,
    ...items.map(({ text, status }) => `${marks[status]} ${text.replace(/\s+/g, ' ')}`),
  ].join('\n');
}
