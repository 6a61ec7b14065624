import type { LanguageServerStatus } from '@capstan/code';
import type { Cli } from '../frame/cli.ts';
import { openServers } from './open-language-servers.ts';

/** Which language servers there are for a tree, in one line. */
export async function serversInWords(
  cli: Cli,
  root: string,
): Promise<{ readonly words: string; readonly servers: readonly LanguageServerStatus[]; readonly missing: boolean }> {
  const opened = await openServers(cli, root);
  if (!opened) return { words: 'off', servers: [], missing: false };
  const servers = opened.status();
  await opened.close();
  const found = servers.flatMap(({ name, command }) => (command === undefined ? [] : [`${name}: ${command}`]));
  const missing = servers.flatMap(({ name, command }) => (command === undefined ? [name] : []));
  const rest = missing.length === 0 ? [] : [`none for ${missing.join(', ')}`];
  return { words: [...found, ...rest].join('; '), servers, missing: found.length === 0 };
}
