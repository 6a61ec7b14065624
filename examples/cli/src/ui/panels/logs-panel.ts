import type { DurableEvent } from '@capstan/sdk/contract';
import { wrapTextWithAnsi } from '@earendil-works/pi-tui';
import { eventLine } from '../../render/event-line.ts';
import { plainText } from '../../render/plain-text.ts';
import type { Panel, PanelItem } from './panel.ts';
import { eventsOf, type PanelSources } from './panel-sources.ts';

/** Makes the panel of every event of the conversation, each with all that was kept of it. */
export function logsPanel(sources: PanelSources): Panel {
  return {
    name: 'logs',
    key: 'f8',
    about: 'every event that was kept',
    async read() {
      const events = await eventsOf(sources);
      return {
        items: events.map((event) => item(event, sources)),
        empty: 'Nothing has happened in this conversation.',
        start: events.length - 1,
      };
    },
  };
}

function item(event: DurableEvent, { theme: { colour } }: PanelSources): PanelItem {
  const line = eventLine(event);
  const paint = loud(event) ? colour.yellow : (text: string) => text;
  return {
    id: String(event.seq),
    label: paint(line),
    detail: (width) => wrapTextWithAnsi(plainText(JSON.stringify(event, undefined, 2)), width),
  };
}

function loud(event: DurableEvent): boolean {
  if (event.type === 'tool.decided') return event.verdict !== 'allow';
  if (event.type === 'tool.ended') return event.failed;
  return ['model.retried', 'model.switched', 'budget.warned', 'context.compacted', 'approval.requested'].includes(
    event.type,
  );
}
