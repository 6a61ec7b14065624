import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { defineTool } from '../contract/define-tool.ts';
import type { ToolSpec } from '../contract/model.ts';
import type { Tool } from '../contract/tool.ts';

/** Where the parts of tool outputs are kept that a model was not given, and the tool by which it reads on. */
export interface KeptOutputs {
  /** True once something is kept, so that the reading tool is offered. */
  readonly any: () => boolean;
  /** Keeps a whole output; gives the id to read it by. */
  readonly keep: (text: string) => Promise<string>;
  readonly tool: Tool;
  readonly spec: ToolSpec;
}

const pageBytes = 16_384;
const readOutput = 'read_output';
const description = `Reads on in a long tool output that was cut. Gives up to ${pageBytes} bytes from an offset.`;
const inputSchema = {
  type: 'object',
  properties: {
    id: { type: 'string', description: 'The id given where the output was cut.' },
    offset: { type: 'integer', minimum: 0, description: 'Byte to start at.' },
  },
  required: ['id', 'offset'],
  additionalProperties: false,
} as const;

/**
 * Keeps long outputs of a session in files that only this user can read, under the system's temporary folder.
 *
 * @param folder Replaces the folder, for tests.
 */
export function keepOutputs(sessionId: string, folder = defaultFolder(sessionId)): KeptOutputs {
  let any: boolean | undefined;
  return {
    any: () => (any ??= existsSync(folder)),
    async keep(text) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const id = randomBytes(6).toString('hex');
      await writeFile(join(folder, `${id}.txt`), text, { mode: 0o600, flag: 'wx' });
      any = true;
      return id;
    },
    tool: readOutputTool(folder),
    spec: { name: readOutput, description, inputSchema },
  };
}

function defaultFolder(sessionId: string): string {
  return join(tmpdir(), `capstan-${userInfo().username}`, 'outputs', sessionId.replace(/[^\w-]/g, '_'));
}

function readOutputTool(folder: string): Tool {
  const tool = defineTool({
    name: readOutput,
    description,
    input: inputSchema,
    effects: [],
    async execute(input) {
      const id = String(input['id']);
      if (!/^[0-9a-f]{12}$/.test(id)) throw new Error(`There is no kept output "${id}".`);
      return readPage(join(folder, `${id}.txt`), Number(input['offset']));
    },
  });
  return tool as Tool;
}

async function readPage(path: string, offset: number): Promise<string> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(pageBytes), position: offset });
  const end = offset + bytesRead;
  const note = end < size ? `\n[${size - end} bytes follow: read on with offset ${end}.]` : '\n[end of the output]';
  return buffer.subarray(0, bytesRead).toString('utf8') + note;
}
