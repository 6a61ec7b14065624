import { isAbsolute, posix, relative } from 'node:path';
import type { Effect } from '@capstan/policy';
import type { Hook } from '../contract/hook.ts';
import type { Message, ResultPart } from '../contract/message.ts';
import type { PromptLimits } from './project-words.ts';
import { findWords, foldersTo, wordsHeading } from './project-words.ts';
import type { PromptSource } from './prompt-source.ts';

/**
 * Makes the hook that adds what a project says about the files that a run comes to touch.
 *
 * The words of a folder join the result of the first call that reads, writes or runs there, so the prompt before it stays
 * as it was. When old messages are compacted they move into the instructions, where no compaction reaches them.
 *
 * @param known Folders whose words are in the prompt.
 */
export function nearbyWords(source: PromptSource, known: readonly string[], limits: PromptLimits = {}): Hook {
  const visited = new Set(known);
  const found: string[] = [];
  let kept: readonly string[] = [];
  let looked = false;
  return {
    name: 'nearby-instructions',
    beforeModel(request) {
      if (!looked) for (const folder of foldersToldIn(request.messages)) visited.add(folder);
      looked = true;
      if (kept.length === 0) return undefined;
      return { ...request, instructions: [request.instructions ?? '', ...kept].join('\n\n') };
    },
    async afterTool(message, { effects = [] }) {
      const fresh = foldersOf(source.root, effects).filter((folder) => !visited.has(folder));
      if (fresh.length === 0) return undefined;
      for (const folder of fresh) visited.add(folder);
      const { words } = await findWords(source, fresh, limits);
      const blocks = words.map((each) => blockOf(each.folder, textOf(each)));
      found.push(...blocks);
      const told = message.parts.map((part) => (part.type === 'text' ? part.text : ''));
      const missing = blocks.filter((block) => !told.includes(block));
      const added = missing.map((text): ResultPart => ({ type: 'text', text }));
      return added.length === 0 ? undefined : { ...message, parts: [...message.parts, ...added] };
    },
    beforeCompaction() {
      kept = [...found];
    },
  };
}

function textOf(words: Parameters<typeof wordsHeading>[0] & { readonly pieces: readonly { readonly text: string }[] }) {
  return (
    wordsHeading(words) +
    words.pieces
      .map(({ text }) => text)
      .join('')
      .trimEnd()
  );
}

function blockOf(folder: string, text: string): string {
  return `<instructions folder="${folder}">\n${text}\n</instructions>`;
}

const told = /^<instructions folder="([^"]*)">\n/;

/** The folders whose words a resumed run was given in its earlier life. */
function foldersToldIn(messages: readonly Message[]): string[] {
  return messages.flatMap((message) =>
    message.role === 'tool'
      ? message.parts.flatMap((part) => (part.type === 'text' ? (told.exec(part.text)?.[1] ?? []) : []))
      : [],
  );
}

/** The folders that a call was at work in, the outermost first. */
function foldersOf(root: string, effects: readonly Effect[]): readonly string[] {
  const paths = effects.flatMap((effect) => {
    if (effect.kind === 'read' || effect.kind === 'write') return [posix.dirname(wayTo(root, effect.path))];
    return effect.kind === 'run' ? [wayTo(root, effect.cwd)] : [];
  });
  return foldersTo(paths.filter((path) => path !== '..' && !path.startsWith('../') && !isAbsolute(path)));
}

function wayTo(root: string, path: string): string {
  return relative(root, path).replaceAll('\\', '/');
}
