import { wrongPrompt } from './prompt-source.ts';

/** A Markdown file taken apart. */
export interface FrontMatter {
  /** What stands between the `---` lines. */
  readonly fields: { readonly [name: string]: unknown };
  readonly body: string;
  /** Line of the file on which the body begins, from 1. */
  readonly bodyLine: number;
}

const head = /^---[ \t]*\n(?:([\s\S]*?)\n)?---[ \t]*(?:\n|$)\n*/;

/**
 * Parts a Markdown file from the YAML at its head. The YAML library is loaded only for files that have some.
 *
 * @throws {CapstanError} `invalid_config` naming the file and line, when the head is not YAML or names no fields.
 */
export async function parseFrontMatter(text: string, file: string): Promise<FrontMatter> {
  const match = head.exec(text);
  if (!match) return { fields: {}, body: text, bodyLine: 1 };
  const body = text.slice(match[0].length);
  const bodyLine = match[0].split('\n').length - (match[0].endsWith('\n') ? 0 : 1);
  const yaml = match[1] ?? '';
  if (yaml.trim() === '') return { fields: {}, body, bodyLine };
  const { parseDocument } = await import('yaml');
  const document = parseDocument(yaml, { logLevel: 'silent' });
  const [problem] = document.errors;
  if (problem) {
    const line = (problem.linePos?.[0].line ?? 1) + 1;
    throw wrongPrompt(`${file}:${line}`, `the front matter is not YAML: ${problem.message.split('\n')[0]}`);
  }
  const fields = valueOf(document, file);
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw wrongPrompt(
      `${file}:2`,
      'the front matter names no fields. Write lines such as "description: what it is for".',
    );
  }
  return { fields: fields as FrontMatter['fields'], body, bodyLine };
}

/** Aliases are counted, so that a small file cannot grow into a large value. */
function valueOf(document: { toJS(options: { maxAliasCount: number }): unknown }, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw wrongPrompt(`${file}:2`, `the front matter cannot be read: ${why}.`);
  }
}
