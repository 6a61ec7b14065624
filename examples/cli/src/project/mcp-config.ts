import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { McpServerConfig } from '@capstan/tools/mcp';
import type { Cli } from '../frame/cli.ts';
import { configPaths } from './config-paths.ts';
import { homeOf } from './open-project.ts';

/** Whose file names a server: the user's own, or the repository's `.mcp.json`, which other clients read too. */
export type McpScope = 'user' | 'project';

/** A server as a file names it; values may hold `${NAME}`, which is taken from the environment when it is started. */
export interface McpEntry {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sign in with `capstan mcp login`. */
  readonly oauth?: boolean;
  /** Believes a server that calls a tool of its own read-only; only in the user's file. */
  readonly trust?: 'annotations';
}

export interface NamedEntry {
  readonly name: string;
  readonly scope: McpScope;
  readonly entry: McpEntry;
}

export interface McpFiles {
  readonly user: string;
  readonly project: string;
  /** What the user has approved of repositories' entries, and what servers said of their tools. */
  readonly known: string;
}

/** Says where the files lie, without looking. */
export function mcpFiles(cli: Cli, root: string): McpFiles {
  const { folder } = configPaths(cli.io, root, { home: homeOf(cli), platform: process.platform });
  return { user: join(folder, 'mcp.json'), project: join(root, '.mcp.json'), known: join(folder, 'mcp-known.json') };
}

/** Every server that a file names; the user's goes before the repository's of the same name. */
export function readEntries(files: McpFiles): NamedEntry[] {
  const user = readFile(files.user);
  const project = readFile(files.project);
  return [
    ...Object.entries(user).map(([name, entry]) => ({ name, scope: 'user' as const, entry })),
    ...Object.entries(project)
      .filter(([name]) => !Object.hasOwn(user, name))
      .map(([name, { trust: _, ...entry }]) => ({ name, scope: 'project' as const, entry })),
  ];
}

/** @throws {CapstanError} `not_found` for a name that no file has. */
export function namedEntry(entries: readonly NamedEntry[], name: string): NamedEntry {
  const found = entries.find((each) => each.name === name);
  if (found) return found;
  const names = entries.map((each) => each.name).join(', ') || 'none';
  throw new CapstanError('not_found', `There is no MCP server "${name}" (there are: ${names}).`, { where: name });
}

/** Puts a server into a file, or takes it out with `undefined`. What else the file says stays. */
export function writeEntry(path: string, name: string, entry: McpEntry | undefined): void {
  const whole = readWhole(path);
  const { [name]: _, ...rest } = serversIn(whole, path);
  const mcpServers = entry === undefined ? rest : { ...rest, [name]: entry };
  writePrivate(path, { ...whole, mcpServers });
}

/** SHA-256 of all that an entry says: an approval holds for what was shown, and not for what takes its name. */
export function entryHash(entry: McpEntry): string {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha256').update(JSON.stringify(entry, sorted)).digest('hex');
}

/** An entry with its variables put in. @throws {CapstanError} `invalid_config` for one that is not set. */
export function startable(
  { name, entry }: NamedEntry,
  { cli, root }: { readonly cli: Cli; readonly root: string },
): McpServerConfig {
  const put = (text: string): string =>
    text.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
      const value = cli.io.env[variable];
      if (value !== undefined) return value;
      const message = `The MCP server ${name} wants the variable ${variable}. Set it, or change the entry.`;
      throw new CapstanError('invalid_config', message, { where: variable });
    });
  const putAll = (values: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, put(value)]));
  const { command, url, args = [], env, headers, cwd } = entry;
  if (url !== undefined) return { url: put(url), headers: putAll(headers) };
  return { command: put(command ?? ''), args: args.map(put), env: putAll(env), cwd: cwd ?? root };
}

/** Where a server is, in words, with no value that may be secret. */
export function placeOf({ command, args = [], url }: McpEntry): string {
  return url ?? [command, ...args].join(' ');
}

/** An entry with every value of its variables and headers hidden, but for references to variables. */
export function masked(entry: McpEntry): McpEntry {
  const hide = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, isReference(value) ? value : '…']));
  const { env, headers } = entry;
  return { ...entry, ...(env ? { env: hide(env) } : {}), ...(headers ? { headers: hide(headers) } : {}) };
}

/** True for a value that holds no secret itself: a mere `${NAME}`, perhaps behind a word such as `Bearer`. */
export function isReference(value: string): boolean {
  return /^(\w+ )?\$\{\w+\}$/.test(value);
}

function readFile(path: string): Record<string, McpEntry> {
  return serversIn(readWhole(path), path);
}

function readWhole(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isRecord(value)) return value;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new CapstanError('invalid_config', `${path} is no JSON object. Mend it, or move it away.`, { where: path });
}

function serversIn({ mcpServers = {} }: Record<string, unknown>, path: string): Record<string, McpEntry> {
  if (!isRecord(mcpServers)) throw wrong(path, 'mcpServers', 'must be an object of servers by name');
  return Object.fromEntries(Object.entries(mcpServers).map(([name, entry]) => [name, checked(entry, path, name)]));
}

function checked(entry: unknown, path: string, name: string): McpEntry {
  if (!isRecord(entry)) throw wrong(path, name, 'must be an object');
  const { command, args, env, cwd, url, headers, oauth, trust } = entry;
  if ((typeof command === 'string') === (typeof url === 'string'))
    throw wrong(path, name, 'needs either command or url');
  const isTexts = (value: unknown) => isRecord(value) && Object.values(value).every((each) => typeof each === 'string');
  if (args !== undefined && !(Array.isArray(args) && args.every((each) => typeof each === 'string')))
    throw wrong(path, name, 'has args that are no list of texts');
  for (const [key, value] of Object.entries({ env, headers })) {
    if (value !== undefined && !isTexts(value)) throw wrong(path, name, `has ${key} that are no texts by name`);
  }
  if (typeof url === 'string' && !/^https?:\/\/|^\$\{/.test(url))
    throw wrong(path, name, 'has a url that is not http(s)');
  const known = { command, args, env, cwd, url, headers, oauth, trust };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as McpEntry;
}

function writePrivate(path: string, value: object): void {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}.tmp`;
  writeFileSync(fresh, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  // A file of the repository is shared; the user's own may hold secrets.
  if (path.endsWith('.mcp.json')) chmodSync(fresh, 0o644);
  renameSync(fresh, path);
}

function wrong(path: string, name: string, what: string): CapstanError {
  return new CapstanError('invalid_config', `${path}: ${name} ${what}.`, { where: path });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the user has approved, and the fingerprints of tools, both by server. */
export interface McpKnown {
  /** Hash of the approved entry of a repository, by the repository's root and the server's name. */
  readonly approved: Readonly<Record<string, string>>;
  readonly tools: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Reads what is known; a file that is not there knows nothing. */
export function readKnown({ known }: McpFiles): McpKnown {
  const { approved = {}, tools = {} } = readWhole(known) as Partial<McpKnown>;
  return { approved, tools };
}

/** Keeps what is known, in place of what was. */
export function writeKnown({ known }: McpFiles, value: McpKnown): void {
  writePrivate(known, value);
}

/** Under which name a server's approval and fingerprints are kept: two repositories may name theirs alike. */
export function knownName({ name, scope }: NamedEntry, root: string): string {
  return scope === 'user' ? name : `${root}#${name}`;
}

/** Whether a server may be started: the user's own may, a repository's only as it was approved. */
export function isApproved(named: NamedEntry, root: string, { approved }: McpKnown): boolean {
  return named.scope === 'user' || approved[knownName(named, root)] === entryHash(named.entry);
}
