import { createAgent } from '../../agent/create-agent.ts';
import type { AgentOptions } from '../../agent/create-agent.ts';
import { defineTool } from '../../contract/define-tool.ts';
import type { RunStore } from '../../contract/store.ts';
import { scriptedModel } from '../../testing/scripted-model.ts';

/** An agent whose model calls one tool once; the tool's work is given. */
export function workingAgent(work: () => Promise<string>, store: RunStore) {
  return createAgent({ ...workingParts(work), store });
}

export function workingParts(work: () => Promise<string>): AgentOptions {
  return {
    model: scriptedModel(({ messages }) =>
      messages.some((message) => message.role === 'tool')
        ? { text: 'Done.' }
        : { calls: [{ tool: 'work', input: {}, id: 'c' }] },
    ),
    tools: [
      defineTool({
        name: 'work',
        description: 'Works until it is told to end.',
        input: { type: 'object' },
        effects: [{ kind: 'read', path: '/a' }],
        execute: work,
      }),
    ],
    policy: {
      name: 'reads',
      roots: [],
      rules: [],
      otherwise: { read: 'allow', write: 'deny', run: 'deny', network: 'deny', unknown: 'deny' },
    },
  };
}
