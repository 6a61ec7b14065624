import type { Colour } from '../../render/colour.ts';
import { plainText } from '../../render/plain-text.ts';
import type { Todo } from './todo-items.ts';

/** Shows a step of a to-do list in one line. */
export function todoLine({ text, status }: Todo, colour: Colour, unicode: boolean): string {
  const words = plainText(text).replace(/\s+/g, ' ');
  switch (status) {
    case 'done':
      return `${colour.green(unicode ? '✔' : '[x]')} ${colour.dim(words)}`;
    case 'active':
      return `${colour.cyan(unicode ? '▶' : '[>]')} ${colour.bold(words)}`;
    case 'dropped':
      return `${colour.dim(unicode ? '–' : '[-]')} ${colour.dim(colour.strikethrough(words))}`;
    default:
      return `${colour.dim(unicode ? '○' : '[ ]')} ${words}`;
  }
}
