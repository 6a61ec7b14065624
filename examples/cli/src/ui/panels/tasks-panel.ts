import { plainText } from '../../render/plain-text.ts';
import type { Panel } from './panel.ts';
import { eventsOf, type PanelSources } from './panel-sources.ts';
import { todosOf } from './todo-items.ts';
import { todoLine } from './todo-line.ts';

/** Makes the panel of what is still to be done: the model's steps, and what waits to be sent. */
export function tasksPanel(sources: PanelSources): Panel {
  const { colour } = sources.theme;
  return {
    name: 'tasks',
    key: 'f3',
    about: 'steps of the task, and what waits',
    async read() {
      const steps = todosOf(await eventsOf(sources)).map((todo, at) => ({
        id: `step ${at}`,
        label: todoLine(todo, colour, sources.unicode),
      }));
      const waiting = sources.queued().map((text, at) => ({
        id: `queued ${at}`,
        label: `${colour.yellow('waits')} ${plainText(text).replace(/\s+/g, ' ')}`,
      }));
      return {
        items: [...steps, ...waiting],
        empty: 'The model keeps no list of steps, and nothing waits to be sent.',
      };
    },
  };
}
