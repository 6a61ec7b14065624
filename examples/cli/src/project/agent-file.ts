import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import { parse, stringify } from 'yaml';
import { nearest } from '../render/nearest.ts';
import { modes, type Mode } from './mode.ts';

/** An agent of one's own: instructions, with what it may do and which model answers. */
export interface AgentFile {
  readonly name: string;
  readonly description: string;
  /** Only that of the user's own agents counts: a repository does not choose what its user's keys pay for. */
  readonly model?: string;
  /** Of a repository's agent: at most this. */
  readonly mode?: Mode;
  /** Names of the tools it has. Default: all. */
  readonly tools?: readonly string[];
  /** Instructions that follow our own. */
  readonly instructions: string;
  readonly source: 'user' | 'project';
  readonly path: string;
}

/** The folders agents lie in; one of the repository goes before one of the user with the same name. */
export interface AgentFolders {
  readonly user: string;
  readonly project: string;
}

/** Lists all agents by name. @throws {CapstanError} `invalid_config` naming the file that is wrong. */
export function listAgents(folders: AgentFolders): AgentFile[] {
  const found = new Map<string, AgentFile>();
  for (const source of ['user', 'project'] as const) {
    for (const file of markdownFiles(folders[source])) {
      const agent = parseAgent(readFileSync(file, 'utf8'), { path: file, source });
      found.set(agent.name, agent);
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Finds an agent by name. @throws {CapstanError} `not_found`, with the nearest name. */
export function namedAgent(folders: AgentFolders, name: string): AgentFile {
  const agents = listAgents(folders);
  const agent = agents.find((each) => each.name === name);
  if (agent) return agent;
  const near = nearest(
    name,
    agents.map((each) => each.name),
  );
  const hint = near === undefined ? 'See "capstan agent list".' : `Did you mean ${near}?`;
  throw new CapstanError('not_found', `There is no agent ${name}. ${hint}`, { where: name });
}

/** Writes a new agent. @throws {CapstanError} `conflict` when there is one of that name. */
export function createAgentFile(
  path: string,
  { description, model, mode, tools, instructions }: Omit<AgentFile, 'name' | 'path' | 'source'>,
): string {
  if (existsSync(path))
    throw new CapstanError('conflict', `${path} is there already. Edit it, or delete it first.`, { where: path });
  const head = {
    description,
    ...(model ? { model } : {}),
    ...(mode ? { mode } : {}),
    ...(tools ? { tools: [...tools] } : {}),
  };
  const text = `---\n${stringify(head)}---\n\n${instructions.trim()}\n`;
  parseAgent(text, { path, source: 'project' });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: 'wx' });
  return text;
}

/** Deletes an agent's file. */
export function deleteAgentFile({ path }: AgentFile): void {
  rmSync(path);
}

/** Checks a name, since it becomes a file's. @throws {CapstanError} `invalid_config`. */
export function checkAgentName(name: string): void {
  if (/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) return;
  throw new CapstanError('invalid_config', `An agent's name is small letters, digits and "-", not "${name}".`, {
    where: name,
  });
}

/** Reads an agent from its file: front matter between `---` lines, then its instructions. */
export function parseAgent(text: string, { path, source }: Pick<AgentFile, 'path' | 'source'>): AgentFile {
  const wrong = (why: string) => new CapstanError('invalid_config', `${path}: ${why}.`, { where: path });
  const [, head = '', body = text] = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?([\s\S]*)$/.exec(text) ?? [];
  const fields = frontMatter(head, wrong);
  const { description = '', model, mode, tools } = fields;
  if (typeof description !== 'string') throw wrong('description is no text');
  if (model !== undefined && typeof model !== 'string') throw wrong('model is no text');
  const known = modes.find((each) => each === mode);
  if (mode !== undefined && !known) throw wrong(`mode is none of ${modes.join(', ')}`);
  if (tools !== undefined && !isTexts(tools)) throw wrong('tools is no list of names');
  if (body.trim() === '') throw wrong('there are no instructions under the front matter');
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replace(/\.md$/, '');
  return {
    name,
    description,
    ...(model === undefined ? {} : { model }),
    ...(known === undefined ? {} : { mode: known }),
    ...(tools === undefined ? {} : { tools }),
    instructions: body.trim(),
    source,
    path,
  };
}

function frontMatter(head: string, wrong: (why: string) => CapstanError): Partial<Record<string, unknown>> {
  if (head === '') return {};
  let fields: unknown;
  try {
    fields = parse(head);
  } catch (cause) {
    throw wrong(
      `the front matter is not YAML (${cause instanceof Error ? cause.message.split('\n')[0] : 'unreadable'})`,
    );
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw wrong('the front matter names no fields');
  const unknown = Object.keys(fields).find((key) => !['description', 'model', 'mode', 'tools'].includes(key));
  if (unknown !== undefined)
    throw wrong(`there is no field "${unknown}"; there are description, model, mode and tools`);
  return fields;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function markdownFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
