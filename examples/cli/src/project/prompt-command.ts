import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';

/** A slash command of one's own: a Markdown file whose text is sent. */
export interface PromptCommand {
  /** From the file's name, folders with ":": `git/sync.md` is `git:sync`. */
  readonly name: string;
  readonly description: string;
  /** What may follow, for the help. */
  readonly takes?: string;
  readonly text: string;
  readonly source: 'user' | 'project';
}

/** The folders such files lie in; one of the repository goes before one of the user with the same name. */
export interface PromptCommandFolders {
  readonly user: string;
  readonly project: string;
}

/** Longest file that is taken, in characters. */
const most = 100_000;

/** Lists the commands by name. A file that cannot be read is left out. */
export function listPromptCommands(folders: PromptCommandFolders): PromptCommand[] {
  const found = new Map<string, PromptCommand>();
  for (const source of ['user', 'project'] as const) {
    for (const path of markdownFiles(folders[source])) {
      const command = readCommand(path, folders[source], source);
      if (command) found.set(command.name, command);
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Puts words into a command's text: `$ARGUMENTS` is all of them, `$1` … `$9` one each, `$$` a dollar sign. Words that the
 * text names nowhere follow it.
 */
export function fillPromptCommand(text: string, words: string): string {
  const each = words.split(/\s+/).filter(Boolean);
  let named = false;
  const filled = text.replace(/\$(\$|ARGUMENTS\b|[1-9])/g, (_, what: string) => {
    if (what === '$') return '$';
    named = true;
    return what === 'ARGUMENTS' ? words : (each[Number(what) - 1] ?? '');
  });
  return named || words === '' ? filled : `${filled.trimEnd()}\n\n${words}`;
}

function markdownFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function readCommand(path: string, folder: string, source: PromptCommand['source']): PromptCommand | undefined {
  const text = readText(path);
  if (text === undefined || text.length > most) return undefined;
  const name = relative(folder, path).replace(/\.md$/, '').split(sep).join(':');
  if (!/^[\p{L}\p{N}_:.-]+$/u.test(name)) return undefined;
  const { fields, body } = frontMatter(text);
  const first =
    body
      .trim()
      .split('\n', 1)[0]
      ?.replace(/^#+\s*/, '') ?? basename(name);
  const takes = fields['argument-hint'];
  return {
    name,
    description: fields['description'] ?? first,
    ...(takes === undefined ? {} : { takes }),
    text: body.trim(),
    source,
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Reads the plain `name: value` lines between two rules at the beginning; more than that no command needs. */
function frontMatter(text: string): { fields: Record<string, string>; body: string } {
  const match = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---\r?\n?/.exec(text);
  if (!match) return { fields: {}, body: text };
  const pairs = (match[1] ?? '').split(/\r?\n/).flatMap((line) => {
    const pair = /^([\w-]+):\s*(.*)$/.exec(line);
    return pair ? [[pair[1] ?? '', (pair[2] ?? '').replace(/^(["'])(.*)\1$/, '$2').trim()] as const] : [];
  });
  return { fields: Object.fromEntries(pairs), body: text.slice(match[0].length) };
}
