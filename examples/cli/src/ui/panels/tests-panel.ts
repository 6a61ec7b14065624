import type { DurableEvent, ToolMessage } from '@capstan/sdk/contract';
import { wrapTextWithAnsi } from '@earendil-works/pi-tui';
import { ago } from '../../render/ago.ts';
import { callLabel } from '../../render/call-label.ts';
import { plainText } from '../../render/plain-text.ts';
import type { Panel, PanelItem } from './panel.ts';
import { eventsOf, type PanelSources } from './panel-sources.ts';

const tools = new Set(['run_tests', 'run_checks']);

/** Makes the panel of the tests and checks that ran in this conversation, the newest first. */
export function testsPanel(sources: PanelSources): Panel {
  return {
    name: 'tests',
    key: 'f7',
    about: 'tests and checks that ran',
    async read() {
      const events = await eventsOf(sources);
      return {
        items: events.flatMap((event) => runOf(event, events, sources)).toReversed(),
        empty: 'No tests ran in this conversation. "t" asks for them.',
        actions: [
          {
            key: 't',
            label: 'run the tests',
            closes: true,
            run: async () => {
              await sources.send('Run the tests of this repository and say what fails, and why. Change nothing.');
              return undefined;
            },
          },
        ],
      };
    },
  };
}

function runOf(event: DurableEvent, events: readonly DurableEvent[], { theme, now }: PanelSources): PanelItem[] {
  if (event.type !== 'message.added' || event.message.role !== 'tool' || !tools.has(event.message.tool)) return [];
  const { message, at } = event;
  const { colour } = theme;
  const text = textOf(message);
  const bad = message.failed === true || /\b[1-9]\d* failed\b/.test(text);
  const decided = events.find((each) => each.type === 'tool.decided' && each.callId === message.callId);
  const label = decided?.type === 'tool.decided' ? callLabel(decided.tool, decided.input, 60) : message.tool;
  const first = text.split('\n').find((line) => line.trim() !== '') ?? '';
  return [
    {
      id: message.callId,
      label: `${bad ? colour.red('failed') : colour.green('passed')}  ${label}  ${first}  ${colour.dim(ago(now() - at))}`,
      detail: (width) => wrapTextWithAnsi(text, width),
    },
  ];
}

function textOf({ parts }: ToolMessage): string {
  return plainText(parts.map((part) => (part.type === 'text' ? part.text : '')).join('\n'));
}
