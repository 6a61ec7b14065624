import { createHash } from 'node:crypto';
import { CapstanError } from '@capstan/sdk/contract';

const longest = 64;

/**
 * Names a server's tool for models: `server__tool`, at most 64 letters, digits, `_` and `-`.
 *
 * A tool's name that has to be altered gets eight digits of its hash, so that no two tools fall together and a name
 * stays the same from one connection to the next.
 */
export function toolName(server: string, tool: string): string {
  const plain = `${server}__${tool}`;
  if (/^[\w-]+$/.test(plain) && plain.length <= longest) return plain;
  const digits = createHash('sha256').update(tool).digest('hex').slice(0, 8);
  return `${plain.replace(/[^\w-]/g, '_').slice(0, longest - 9)}_${digits}`;
}

/**
 * Refuses a server name that is not 1 to 32 letters, digits, `-` and single `_`.
 *
 * Without `__` inside and `_` at an end, the first `__` of a tool's name always parts the server from its tool.
 *
 * @throws {CapstanError} `invalid_config`.
 */
export function assertServerName(server: string): void {
  if (server.length <= 32 && /^[a-z\d-]+(_[a-z\d-]+)*$/i.test(server)) return;
  throw new CapstanError(
    'invalid_config',
    `The MCP server name "${server}" must be 1 to 32 letters, digits, "-" or single "_". Rename it.`,
    { where: server },
  );
}
