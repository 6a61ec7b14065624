import type { AgentOptions } from '../../agent/create-agent.ts';
import { defineTool } from '../../contract/define-tool.ts';
import { scriptedModel } from '../../testing/scripted-model.ts';

/** What the runs of the kept logs were made of; it stays as it is, so that they replay. */
export function keptParts(): AgentOptions {
  const tool = (name: string, kind: 'read' | 'write') =>
    defineTool({
      name,
      description: `Does a ${kind}.`,
      input: { type: 'object', properties: { n: { type: 'number' } } },
      effects: [{ kind, path: '/kept' }],
      preview: () => ({ kind: 'text', text: 'as it is' }),
      execute: () => `${name} done`,
    });
  return {
    model: scriptedModel([
      { text: 'Looking.', calls: [{ tool: 'look', input: { n: 1 } }, { tool: 'change', input: { n: 2 } }] },
      { text: 'Done with that.' },
      { text: 'All done.' },
    ]),
    instructions: 'Keep this.',
    tools: [tool('look', 'read'), tool('change', 'write')],
    policy: {
      name: 'kept',
      roots: [],
      rules: [],
      otherwise: { read: 'allow', write: 'ask', run: 'deny', network: 'deny', unknown: 'deny' },
    },
    budget: { turns: 9 },
  };
}
