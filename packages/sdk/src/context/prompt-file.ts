import { parseFrontMatter } from './front-matter.ts';
import { wrongPrompt } from './prompt-source.ts';
import type { PromptSource } from './prompt-source.ts';
import type { LeftOut, PromptLayer } from './prompt-part.ts';

/** A prompt of one's own: Markdown with a head that says what it is for. */
export interface PromptFile {
  /** Name of the file without `.md`. */
  readonly name: string;
  readonly description: string;
  readonly layer: Exclude<PromptLayer, 'skills'>;
  /** Models that it is for, such as `anthropic/*`. Default: all. */
  readonly models: readonly string[];
  /** It stands in place of the app's own text of its layer. */
  readonly replaces: boolean;
  readonly variables: readonly PromptVariable[];
  readonly body: string;
  readonly bodyLine: number;
  /** Relative to the root of its source. */
  readonly path: string;
  readonly file: string;
  readonly source: PromptSource;
}

export interface PromptVariable {
  readonly name: string;
  readonly description?: string;
  /** Absent: the caller must give it. */
  readonly default?: string;
}

/** Files of a folder, and those that were left out. */
export interface FoundPrompts {
  readonly prompts: readonly PromptFile[];
  readonly leftOut: readonly LeftOut[];
}

/** What a layer of a source may be: a repository adds to its own layer and offers tasks, no more. */
const layersOf = {
  user: ['base', 'provider', 'user', 'task'],
  workspace: ['workspace', 'task'],
} as const;

const known = ['description', 'layer', 'models', 'replace', 'variables'];

/**
 * Reads all prompt files of a folder, by name.
 *
 * @throws {CapstanError} `invalid_config` for a wrong file of the user's; one of a work tree is left out.
 */
export async function findPrompts(source: PromptSource, folder: string): Promise<FoundPrompts> {
  const prompts: PromptFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const name of await source.list(folder)) {
    if (!/^[\w-]{1,64}\.md$/.test(name)) continue;
    const path = `${folder}/${name}`;
    const read = await source.read(path);
    if (!read) continue;
    try {
      if ('refused' in read) throw wrongPrompt(read.file, read.refused);
      prompts.push(await parsePrompt(source, path, read));
    } catch (error) {
      if (source.owner === 'user') throw error;
      leftOut.push({ file: read.file, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { prompts, leftOut };
}

async function parsePrompt(
  source: PromptSource,
  path: string,
  { file, text }: { readonly file: string; readonly text: string },
): Promise<PromptFile> {
  const { fields, body, bodyLine } = await parseFrontMatter(text, file);
  const stray = Object.keys(fields).find((field) => !known.includes(field));
  if (stray !== undefined) throw wrongPrompt(file, `there is no field "${stray}"; there are ${known.join(', ')}.`);
  const { description = '', layer = 'task', models = [], replace = false, variables = {} } = fields;
  const allowed: readonly string[] = layersOf[source.owner];
  if (typeof layer !== 'string' || !allowed.includes(layer)) {
    throw wrongPrompt(
      file,
      `a file of the ${source.owner} can be of the layer ${allowed.join(' or ')}, not "${String(layer)}".`,
    );
  }
  if (typeof description !== 'string') throw wrongPrompt(file, 'description is no text.');
  if (typeof replace !== 'boolean') throw wrongPrompt(file, 'replace is true or false.');
  return {
    name: path.slice(path.lastIndexOf('/') + 1, -'.md'.length),
    description: description.replaceAll(/\s+/g, ' ').trim(),
    layer: layer as PromptFile['layer'],
    models: textsOf(models, `${file}: models`),
    replaces: replace,
    variables: variablesOf(variables, file),
    body,
    bodyLine,
    path,
    file,
    source,
  };
}

function textsOf(value: unknown, where: string): readonly string[] {
  const list = typeof value === 'string' ? [value] : value;
  if (Array.isArray(list) && list.every((each) => typeof each === 'string')) return list;
  throw wrongPrompt(where, 'is no list of texts.');
}

/** Variables as `name: default`, or `name: { description, default }`; an empty value has no default. */
function variablesOf(value: unknown, file: string): readonly PromptVariable[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongPrompt(file, 'variables names no fields. Write "variables:" and below it "  name: default".');
  }
  return Object.entries(value).map(([name, given]: [string, unknown]) => {
    if (!/^[A-Za-z_][\w-]{0,63}$/.test(name)) throw wrongPrompt(file, `"${name}" is no name for a variable.`);
    if (given === null || given === '') return { name };
    if (typeof given !== 'object') return { name, default: String(given) };
    const { default: usual, description } = given as { default?: unknown; description?: unknown };
    return {
      name,
      ...(typeof description === 'string' ? { description } : {}),
      ...(usual === undefined || usual === null ? {} : { default: String(usual) }),
    };
  });
}
