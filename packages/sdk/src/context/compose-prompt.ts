import type { Policy } from '@capstan/policy';
import type { PromptValues } from './expand-prompt.ts';
import { expandPrompt } from './expand-prompt.ts';
import { findSkills, skillLines } from './find-skills.ts';
import type { PromptLimits } from './project-words.ts';
import { findWords, foldersTo, wordPieces } from './project-words.ts';
import type { PromptFile } from './prompt-file.ts';
import { findPrompts } from './prompt-file.ts';
import type { LeftOut, Piece, PromptLayer, PromptPart } from './prompt-part.ts';
import { partsOf, said } from './prompt-part.ts';
import type { PromptSource, PromptTree } from './prompt-source.ts';

/** What a prompt is put together from. Every field may be left out. */
export interface PromptLayersOptions {
  /** What the agent is: the first words of every prompt. */
  readonly base?: string;
  /** Words for some models, by patterns such as `anthropic/*`; all that match are taken, in the order given. */
  readonly provider?: PromptValues;
  /** Absolute folder of the user's: `AGENTS.md`, `prompts/*.md`, `skills/<name>/SKILL.md`. */
  readonly user?: string;
  /** The work tree: `AGENTS.md` and `CLAUDE.md` from the root to the work, `.capstan/prompts`, skills. */
  readonly workspace?: PromptTree;
  /** Folders or files at work, relative to the work tree. Default: its root. */
  readonly at?: string | readonly string[];
  /** What this kind of run is about: the last words of the prompt. */
  readonly task?: string;
  /** Files of the work tree that it would not let an agent read unasked are left out. Default: none are. */
  readonly policy?: Policy;
  readonly limits?: PromptLimits;
}

export interface PromptDump {
  /** As sent. */
  readonly text: string;
  /** Joined, their texts are `text`. */
  readonly parts: readonly PromptPart[];
  /** An estimate. */
  readonly tokens: number;
  /** Files that are not in it, or not whole. */
  readonly leftOut: readonly LeftOut[];
}

/** Puts the prompt for a model together, and names the skills it tells of. */
export async function composePrompt(options: PromptLayersOptions, sources: readonly PromptSource[], model: string) {
  const leftOut: LeftOut[] = [];
  const from = (owner: PromptSource['owner']) => sources.find((source) => source.owner === owner);
  const limits = options.limits ? { limits: options.limits } : {};
  const files = await promptFiles(sources, leftOut);
  const fileTexts = async (layer: PromptLayer) => {
    const mine = files.filter((file) => file.layer === layer && isFor(file.models, model));
    const texts: (readonly Piece[])[] = [];
    for (const file of mine) texts.push(await expandOrLeaveOut(file, builtIn(options, model), leftOut));
    return { texts, replaced: mine.some(({ replaces }) => replaces) };
  };
  const own = async (layer: PromptLayer, texts: readonly (string | undefined)[]) => {
    const { texts: fromFiles, replaced } = await fileTexts(layer);
    const given = replaced ? [] : texts.flatMap((text) => (text === undefined ? [] : [[said(text)]]));
    return { layer, texts: [...given, ...fromFiles] };
  };
  const found = await findSkills(sources);
  leftOut.push(...found.leftOut);
  const { skills } = found;
  const provider = Object.entries(options.provider ?? {}).flatMap(([like, text]) =>
    isFor([like], model) ? [text] : [],
  );
  const layers = [
    await own('base', [options.base]),
    await own('provider', provider),
    {
      layer: 'user' as const,
      texts: [...(await wordsOf(from('user'), { folders: [''], leftOut })), ...(await fileTexts('user')).texts],
    },
    {
      layer: 'workspace' as const,
      texts: [
        ...(await wordsOf(from('workspace'), { folders: foldersAt(options), ...limits, leftOut })),
        ...(await fileTexts('workspace')).texts,
      ],
    },
    { layer: 'skills' as const, texts: skills.length === 0 ? [] : [[said(skillLines(skills))]] },
    { layer: 'task' as const, texts: options.task === undefined ? [] : [[said(options.task)]] },
  ];
  return { dump: dumpOf(layers, leftOut), skills };
}

/** Texts are parted by an empty line; blank ends of files are trimmed away. */
function dumpOf(
  layers: readonly { readonly layer: PromptLayer; readonly texts: readonly (readonly Piece[])[] }[],
  leftOut: readonly LeftOut[],
): PromptDump {
  const parts: PromptPart[] = [];
  for (const { layer, texts } of layers) {
    for (const text of texts) {
      const pieces = trimmed(text);
      if (pieces.length === 0) continue;
      const gap = parts.length === 0 ? [] : [said('\n\n')];
      parts.push(...partsOf(layer, [...gap, ...pieces]));
    }
  }
  const text = parts.map((part) => part.text).join('');
  return { text, parts, tokens: parts.reduce((sum, part) => sum + part.tokens, 0), leftOut };
}

function trimmed(pieces: readonly Piece[]): readonly Piece[] {
  const last = pieces.findLastIndex(({ text }) => text.trim() !== '');
  return pieces.slice(0, last + 1).map((piece, i) => (i === last ? { ...piece, text: piece.text.trimEnd() } : piece));
}

/** All prompt files, the user's before the work tree's; wrong ones of the work tree are left out. */
export async function promptFiles(
  sources: readonly PromptSource[],
  leftOut: LeftOut[],
): Promise<readonly PromptFile[]> {
  const files: PromptFile[] = [];
  for (const source of sources) {
    const found = await findPrompts(source, source.owner === 'user' ? 'prompts' : '.capstan/prompts');
    files.push(...found.prompts);
    leftOut.push(...found.leftOut);
  }
  return files;
}

async function expandOrLeaveOut(file: PromptFile, values: PromptValues, leftOut: LeftOut[]): Promise<readonly Piece[]> {
  try {
    return await expandPrompt(file, {}, values);
  } catch (error) {
    if (file.source.owner === 'user') throw error;
    leftOut.push({ file: file.file, why: error instanceof Error ? error.message : String(error) });
    return [];
  }
}

async function wordsOf(
  source: PromptSource | undefined,
  {
    folders,
    limits,
    leftOut,
  }: { readonly folders: readonly string[]; readonly limits?: PromptLimits; readonly leftOut: LeftOut[] },
): Promise<(readonly Piece[])[]> {
  if (!source) return [];
  const found = await findWords(source, folders, limits);
  leftOut.push(...found.leftOut);
  return found.words.map((words) => (source.owner === 'user' ? words.pieces : wordPieces(words)));
}

/** The folders whose words belong to the prompt from its start. */
export function foldersAt({ at = [] }: PromptLayersOptions): readonly string[] {
  return foldersTo(typeof at === 'string' ? [at] : at);
}

/** Values that every prompt has. */
export function builtIn({ workspace }: PromptLayersOptions, model: string): PromptValues {
  return { root: workspace?.root ?? '', model, vendor: model.split('/')[0] ?? '' };
}

/** Tells whether a model fits one of some patterns, in which `*` stands for anything; no patterns fit all. */
function isFor(patterns: readonly string[], model: string): boolean {
  if (patterns.length === 0) return true;
  return patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(model);
  });
}
