import type { DiffedFile } from '../diff-files.ts';

/** Words in a comment that are meant for the agent. */
export interface CommentOrder {
  readonly path: string;
  readonly line: number;
  readonly text: string;
  /** The whole line. */
  readonly source: string;
  /** A question is answered, and nothing is changed for it. */
  readonly asks: boolean;
}

const opening = String.raw`(?:\/\/+|\/\*+|#+|--+|<!--|"{3}|'{3}|^\s*[*;%]+)\s*`;
const closing = String.raw`\s*(?:\*\/|-->|"{3}|'{3})?\s*$`;
const named = new RegExp(`${opening}capstan\\s*:\\s*(\\S.*?)${closing}`, 'i');
const first = new RegExp(`${opening}AI([!?])\\s+(\\S.*?)${closing}`);
const last = new RegExp(`${opening}(\\S.*?)\\s*\\bAI([!?])${closing}`);

/** Finds what comments that just came ask for: `// capstan: do this`, `# do this AI!`, and the question `# why? AI?`. */
export function commentOrders(files: readonly Pick<DiffedFile, 'path' | 'lines'>[]): CommentOrder[] {
  return files.flatMap(({ path, lines }) =>
    [...lines].flatMap(([line, text]) => {
      const order = orderIn(text);
      return order ? [{ path, line, source: text, ...order }] : [];
    }),
  );
}

/** A line longer than a person writes is data. */
const longest = 500;

function orderIn(line: string): Pick<CommentOrder, 'text' | 'asks'> | undefined {
  if (line.length > longest) return undefined;
  const own = named.exec(line)?.[1];
  if (own !== undefined) return { text: own, asks: false };
  const [, mark, after] = first.exec(line) ?? [];
  if (after !== undefined) return { text: after, asks: mark === '?' };
  const [, before, end] = last.exec(line) ?? [];
  return before === undefined ? undefined : { text: before, asks: end === '?' };
}

/** Puts orders into a task. */
export function orderTask(orders: readonly CommentOrder[]): string {
  const rows = orders.map(({ path, line, text }) => `- ${path}:${line}: ${text}`).join('\n');
  if (orders.every(({ asks }) => asks))
    return `Comments in these files ask a question. Answer in a few words, and change nothing.\n\n${rows}`;
  return `The person who works here left words for you in comments of these files. Do what they ask, within the files where \
that is enough, and take the words meant for you out of the file when it is done.\n\n${rows}`;
}
