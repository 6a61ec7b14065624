import type { Tool } from '@capstan/sdk/contract';
import { CapstanError, isCapstanError } from '@capstan/sdk/contract';
import type { AskUserOptions } from '@capstan/tools';
import type { McpConnection, McpQuestion, McpReply, McpServerConfig } from '@capstan/tools/mcp';
import type { Cli } from '../frame/cli.ts';
import { plainText } from '../render/plain-text.ts';
import { readConfigs } from './config-file.ts';
import type { McpFiles, NamedEntry } from './mcp-config.ts';
import { isApproved, knownName, mcpFiles, readEntries, readKnown, startable, writeKnown } from './mcp-config.ts';
import { openKeys } from './pick-model.ts';

/** The servers of a run; close them with it. */
export interface OpenMcp {
  readonly tools: readonly Tool[];
  /** What the user should know: servers that are not there, and why. */
  readonly remarks: readonly string[];
  readonly close: () => Promise<void>;
}

export interface OpenMcpOptions {
  /** Puts servers' questions to the user. */
  readonly ask?: AskUserOptions['ask'] | undefined;
  /** Nothing is to reach the network: servers at an address are left out. */
  readonly offline?: boolean | undefined;
}

type Ask = NonNullable<AskUserOptions['ask']>;

/** Connects to every server that may be started. One that cannot be reached is left out, with a remark. */
export async function openMcp(cli: Cli, root: string, { ask, offline = false }: OpenMcpOptions = {}): Promise<OpenMcp> {
  const files = mcpFiles(cli, root);
  const entries = readEntries(files);
  if (entries.length === 0) return { tools: [], remarks: [], close: async () => {} };
  const known = readKnown(files);
  const remarks = entries
    .filter((each) => !isApproved(each, root, known))
    .map(
      ({ name }) =>
        `The repository names an MCP server "${name}". See it with "capstan mcp show ${name}", then "capstan mcp approve ${name}".`,
    );
  const approved = entries.filter((each) => isApproved(each, root, known));
  const started = approved.filter(({ entry }) => !offline || entry.url === undefined);
  const left = approved.filter((each) => !started.includes(each));
  remarks.push(
    ...left.map(({ name }) => `Without the MCP server ${name}: it is reached by network, and there is none.`),
  );
  const opened = await Promise.all(
    started.map((each) =>
      connectNamed(cli, root, { named: each, ask }).catch((error: unknown) => {
        if (!isCapstanError(error)) throw error;
        remarks.push(`Without the MCP server ${each.name}: ${error.message}`);
        return undefined;
      }),
    ),
  );
  const connections = opened.filter((each) => each !== undefined);
  for (const { name, changed } of connections) {
    if (changed.length > 0)
      remarks.push(`The MCP server ${name} changed ${changed.length} of its tools; see "capstan mcp test ${name}".`);
  }
  const { mcpTools } = await import('@capstan/tools/mcp');
  return {
    tools: mcpTools(connections),
    remarks: remarks.map(plainText),
    close: async () => void (await Promise.all(connections.map((each) => each.close()))),
  };
}

export interface ConnectOrder {
  readonly named: NamedEntry;
  readonly ask?: AskUserOptions['ask'] | undefined;
  readonly signal?: AbortSignal;
}

/** Connects to one server and keeps the fingerprints of what it offers. */
export async function connectNamed(
  cli: Cli,
  root: string,
  { named, ask, signal }: ConnectOrder,
): Promise<McpConnection> {
  const { connectMcp } = await import('@capstan/tools/mcp');
  const files = mcpFiles(cli, root);
  const key = knownName(named, root);
  const connection = await connectMcp(named.name, await configOf(cli, root, named), {
    roots: [root],
    known: readKnown(files).tools[key] ?? {},
    ...(named.entry.trust === 'annotations' ? { trust: 'annotations' as const } : {}),
    ...(ask ? { elicit: (question: McpQuestion) => elicit(ask, question) } : {}),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    throw isCapstanError(error) && error.code === 'auth_missing' ? notSignedIn(named, error) : error;
  });
  keepTools(files, key, connection.known);
  return connection;
}

function notSignedIn({ name, entry }: NamedEntry, cause: Error): CapstanError {
  const next = entry.oauth === true ? `Run "capstan mcp login ${name}".` : `Give it --oauth, or --header with a key.`;
  const message = `The MCP server ${name} wants you to sign in. ${next}`;
  return new CapstanError('auth_missing', message, { where: name }, { cause });
}

/** Keeps the fingerprints of a server's tools. */
export function keepTools(files: McpFiles, key: string, tools: Readonly<Record<string, string>>): void {
  const known = readKnown(files);
  if (JSON.stringify(known.tools[key]) === JSON.stringify(tools)) return;
  writeKnown(files, { ...known, tools: { ...known.tools, [key]: tools } });
}

async function configOf(cli: Cli, root: string, named: NamedEntry): Promise<McpServerConfig> {
  const config = startable(named, { cli, root });
  if (!('url' in config) || named.entry.oauth !== true) return config;
  const { mcpOAuth } = await import('@capstan/tools/mcp');
  const secrets = await openKeys(cli, readConfigs(cli, root).paths.auth);
  return { ...config, auth: mcpOAuth({ server: named.name, url: config.url, secrets }) };
}

/** Puts a server's form to the user, one question a field. */
async function elicit(ask: Ask, { server, message, form, url, signal }: McpQuestion): Promise<McpReply | undefined> {
  const context = { signal, sessionId: '', callId: '' };
  const said = `The MCP server ${server} asks: ${message}`;
  const yesNo = [{ label: 'yes' }, { label: 'no' }];
  if (url !== undefined) {
    const question = `${said}\nIt wants you to open ${url} by yourself. Say "yes" when you have done so.`;
    return (await ask({ question, options: yesNo, multiple: false }, context)) === 'yes' ? {} : undefined;
  }
  const reply: Record<string, string | number | boolean | string[]> = {};
  for (const [field, schema] of Object.entries((form?.['properties'] ?? {}) as Record<string, Field>)) {
    const choices = schema.enum ?? schema.oneOf?.map((each) => each.const) ?? schema.items?.enum;
    const options = schema.type === 'boolean' ? yesNo : (choices ?? []).map((label) => ({ label }));
    const question = `${said}\n${schema.title ?? field}${schema.description === undefined ? '' : `: ${schema.description}`}`;
    const answer = await ask({ question, options, multiple: schema.type === 'array' }, context);
    if (answer === undefined) return undefined;
    reply[field] = valueOf(schema, answer);
  }
  return reply;
}

interface Field {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly oneOf?: readonly { readonly const: string }[];
  readonly items?: { readonly enum?: readonly string[] };
}

function valueOf({ type }: Field, answer: string | readonly string[]): string | number | boolean | string[] {
  if (type === 'array') return typeof answer === 'string' ? answer.split(',').map((each) => each.trim()) : [...answer];
  const words = typeof answer === 'string' ? answer : answer.join(', ');
  if (type === 'boolean') return /^(y|yes|true|1)$/i.test(words.trim());
  return type === 'number' || type === 'integer' ? Number(words) : words;
}
