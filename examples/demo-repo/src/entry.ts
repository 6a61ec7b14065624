/** One request, as a line of the access log tells it. */
export interface Entry {
  /** Address of the visitor. */
  readonly visitor: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly method: string;
  /** Path without its query. */
  readonly path: string;
  readonly status: number;
}

const line = /^(\S+) \S+ \S+ \[([^\]]+)\] "([A-Z]+) (\S+) [^"]*" (\d{3}) /;

// What a browser fetches along with a page, which is not a visit of its own.
const assets = [
  'css',
  'js',
  'mjs',
  'map',
  'png',
  'jpg',
  'jpeg',
  'gif',
  'svg',
  'ico',
  'webp',
  'woff',
  'woff2', // fonts count as assets, too
];

/** Reads one line in the combined log format; `undefined` for what is none, and for assets. */
export function parseLine(text: string): Entry | undefined {
  const match = line.exec(text);
  if (!match) return undefined;
  const [, visitor = '', date = '', method = '', target = '', status = ''] = match;
  const path = target.split('?')[0] ?? target;
  const at = Date.parse(date.replace(/^(\d+)\/(\w+)\/(\d+):/, '$1 $2 $3 '));
  if (Number.isNaN(at) || assets.includes(extensionOf(path))) return undefined;
  return { visitor, at, method, path, status: Number(status) };
}

/** Reads a whole log; lines that are no requests of pages are left out. */
export function parseLog(text: string): Entry[] {
  return text.split('\n').flatMap((one) => parseLine(one) ?? []);
}

function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot === -1 ? '' : name.slice(dot + 1).toLowerCase();
}
