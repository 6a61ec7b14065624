import { parseFrontMatter } from './front-matter.ts';
import type { PromptFile } from './prompt-file.ts';
import type { Piece } from './prompt-part.ts';
import { pathFrom, wrongPrompt } from './prompt-source.ts';

/** Values by the names of variables. */
export type PromptValues = { readonly [name: string]: string };

interface Page {
  readonly file: string;
  readonly path: string;
  readonly body: string;
  readonly bodyLine: number;
}

interface Expansion {
  readonly prompt: PromptFile;
  readonly values: ReadonlyMap<string, string>;
  /** Bytes that may still come. */
  room: number;
}

const mark = /\\?\{\{(?:(>)\s*([^}\n]+?)|\s*([A-Za-z_][\w-]*))\s*\}\}/g;
const deepest = 8;
const maxBytes = 262_144;

/**
 * Fills a prompt in: `{{name}}` becomes the value of a variable, `{{> path}}` the text of another file, named from the
 * folder of the file it stands in; `\{{` stays `{{`. A value is taken as it is: marks in it mean nothing.
 *
 * @param always Values that every prompt has.
 * @throws {CapstanError} `invalid_config` naming file and line, for a variable that is missing or unknown, a file that is
 *   missing or outside of the root, a circle of files, or a text of more than 256 KiB.
 */
export async function expandPrompt(prompt: PromptFile, given: PromptValues, always: PromptValues): Promise<Piece[]> {
  const values = new Map(Object.entries(always));
  for (const variable of prompt.variables) {
    const value = given[variable.name] ?? variable.default;
    if (value === undefined) {
      const about = variable.description === undefined ? '' : ` (${variable.description})`;
      throw wrongPrompt(prompt.file, `the variable "${variable.name}"${about} has no value. Give it one.`);
    }
    values.set(variable.name, value);
  }
  const declared = prompt.variables.map(({ name }) => name);
  const stray = Object.keys(given).find((name) => !declared.includes(name));
  if (stray !== undefined) {
    const there = declared.length === 0 ? 'It has none.' : `It has ${declared.join(', ')}.`;
    throw wrongPrompt(prompt.file, `the prompt has no variable "${stray}". ${there}`);
  }
  return pagePieces({ prompt, values, room: maxBytes }, prompt, [prompt.path]);
}

async function pagePieces(expansion: Expansion, page: Page, stack: readonly string[]): Promise<Piece[]> {
  const pieces: Piece[] = [];
  let at = 0;
  let line = page.bodyLine;
  const take = (text: string, raw = text) => {
    const to = line + raw.split('\n').length - 1;
    // A text that ends with its line's end does not reach into the next.
    const last = raw.endsWith('\n') && to > line ? to - 1 : to;
    if (text !== '') pieces.push({ text, file: page.file, lines: [line, last] });
    line = to;
    expansion.room -= Buffer.byteLength(text);
    if (expansion.room < 0) throw wrongPrompt(`${page.file}:${line}`, 'the prompt grows to more than 256 KiB.');
  };
  const body = page.body.trimEnd();
  for (const match of body.matchAll(mark)) {
    const [raw, isInclude, target = '', name = ''] = match;
    take(body.slice(at, match.index));
    at = match.index + raw.length;
    if (raw.startsWith('\\')) take(raw.slice(1), raw);
    else if (isInclude) pieces.push(...(await includePieces(expansion, { page, line, target, stack })));
    else take(valueOf(expansion, name, `${page.file}:${line}`), raw);
  }
  take(body.slice(at));
  return pieces;
}

function valueOf({ values }: Expansion, name: string, where: string): string {
  const value = values.get(name);
  if (value !== undefined) return value;
  throw wrongPrompt(
    where,
    `there is no variable "${name}". Declare it under "variables", or write \\{{${name}}} for the text itself.`,
  );
}

interface Include {
  readonly page: Page;
  readonly line: number;
  readonly target: string;
  readonly stack: readonly string[];
}

async function includePieces(expansion: Expansion, { page, line, target, stack }: Include): Promise<Piece[]> {
  const where = `${page.file}:${line}`;
  const path = pathFrom(page.path, target);
  if (path === undefined) throw wrongPrompt(where, `"${target}" leads out of ${expansion.prompt.source.root}.`);
  if (stack.includes(path)) throw wrongPrompt(where, `the files include one another: ${[...stack, path].join(' → ')}.`);
  if (stack.length >= deepest) throw wrongPrompt(where, `files are included more than ${deepest} deep.`);
  const read = await expansion.prompt.source.read(path);
  if (!read) throw wrongPrompt(where, `there is no file ${path} to include.`);
  if ('refused' in read) throw wrongPrompt(where, `${path} ${read.refused}.`);
  const { body, bodyLine } = await parseFrontMatter(read.text, read.file);
  return pagePieces(expansion, { file: read.file, path, body, bodyLine }, [...stack, path]);
}
