import { autoEdit } from '@capstan/policy';
import { defineTool } from '@capstan/sdk/contract';
import { serveMcp } from '../serve-mcp.ts';

/** Serves three Capstan tools over standard input and output, judged by `autoEdit` of the folder in ROOT. */
const root = process.env.ROOT!;
const path = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
const tools = [
  defineTool({
    name: 'shout',
    description: 'Says it loudly.',
    input: { type: 'object', properties: { words: { type: 'string' } }, required: ['words'] },
    effects: [],
    execute: ({ words }, { progress }) => {
      progress('breathing in');
      return [
        { type: 'text', text: String(words).toUpperCase() },
        { type: 'image', mediaType: 'image/png', data: 'AAAA' },
        { type: 'file', mediaType: 'application/pdf', name: 'a b.pdf', data: 'BBBB' },
      ];
    },
  }),
  defineTool({
    name: 'touch',
    description: 'Writes a file.',
    input: path,
    effects: (input) => [{ kind: 'write', path: String(input['path']) }],
    execute: ({ path: file }) => `touched ${String(file)}`,
  }),
  defineTool({
    name: 'fail',
    description: 'Fails.',
    input: { type: 'object' },
    effects: [],
    execute: () => {
      throw new Error('It did not work.');
    },
  }),
];
const approver = process.env.APPROVER;
await serveMcp(tools, {
  policy: autoEdit({ root }),
  ...(approver === undefined ? {} : { approve: async () => [approver] }),
});
