import type { DurableEvent, ToolDecided } from '@capstan/sdk/contract';
import { wrapTextWithAnsi } from '@earendil-works/pi-tui';
import { duration } from '../../render/amounts.ts';
import { callLabel } from '../../render/call-label.ts';
import { plainText } from '../../render/plain-text.ts';
import type { AgentFile } from '../../project/agent-file.ts';
import type { Panel, PanelItem } from './panel.ts';
import { eventsOf, type PanelSources } from './panel-sources.ts';

/** Makes the panel of agents: the user's own, and the tasks that were handed to sub-agents here. */
export function agentsPanel(sources: PanelSources): Panel {
  return {
    name: 'agents',
    key: 'f5',
    about: 'agents of your own, and sub-agents at work',
    async read() {
      // Loaded only here: it takes a YAML library.
      const { listAgents } = await import('../../project/agent-file.ts');
      const files = listAgents(sources.agentFolders).map((file) => fileItem(file, sources));
      const handed = subAgents(await eventsOf(sources)).map((call) => callItem(call, sources));
      return {
        items: [...handed, ...files],
        empty: 'No agents of your own yet: capstan agent create NAME makes one.',
        actions: [
          {
            key: 'u',
            label: 'use in a task',
            closes: true,
            run: async (chosen) => {
              if (chosen?.id.startsWith('file ')) sources.type(`Ask the agent ${chosen.id.slice(5)} to `);
              return undefined;
            },
          },
        ],
      };
    },
  };
}

function fileItem(
  { name, description = '', source, path, instructions }: AgentFile,
  { theme }: PanelSources,
): PanelItem {
  const { colour } = theme;
  return {
    id: `file ${name}`,
    label: `${colour.bold(plainText(name))}  ${plainText(description)}  ${colour.dim(source)}`,
    detail: (width) => wrapTextWithAnsi(plainText(`${path}\n\n${instructions}`), width),
  };
}

interface HandedTask {
  readonly decided: ToolDecided;
  readonly end?: { readonly durationMs: number; readonly failed: boolean };
}

/** Calls of tools that are agents: what they take is a task. */
function subAgents(events: readonly DurableEvent[]): HandedTask[] {
  const ends = new Map(
    events.flatMap((event) => (event.type === 'tool.ended' ? [[event.callId, event] as const] : [])),
  );
  return events.flatMap((event) => {
    if (event.type !== 'tool.decided' || !isTask(event)) return [];
    const end = ends.get(event.callId);
    return [{ decided: event, ...(end ? { end } : {}) }];
  });
}

function isTask({ input }: ToolDecided): boolean {
  return typeof input === 'object' && input !== null && !Array.isArray(input) && Object.keys(input).join() === 'task';
}

function callItem({ decided, end }: HandedTask, { theme }: PanelSources): PanelItem {
  const { colour } = theme;
  const how = end ? (end.failed ? colour.red('failed') : colour.green('done')) : colour.cyan('at work');
  const time = end ? colour.dim(duration(end.durationMs)) : '';
  return {
    id: `call ${decided.callId}`,
    label: `${how} ${plainText(callLabel(decided.tool, decided.input, 200))} ${time}`,
  };
}
