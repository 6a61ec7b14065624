import { isAbsolute, join, relative } from 'node:path';
import type { FailureOptions, Frame } from './failure.ts';

const foreign =
  /(^|\/)(node_modules|site-packages|dist-packages|\.venv|venv|\.yarn|\.pnpm)\/|^node:|(^|\/)lib\/python[\d.]+\/|^<|\/go\/(src|pkg\/mod)\//;

/** Gives a path relative to the root; undefined for one outside the repository or of a library. */
export function placeOf(path: string, { root, cwd = '' }: FailureOptions): string | undefined {
  const plain = fromUrl(path.trim());
  if (plain === '' || foreign.test(plain)) return undefined;
  const way = isAbsolute(plain) ? relative(root, plain) : join(cwd === '.' ? '' : cwd, plain);
  const place = way.replaceAll('\\', '/');
  if (place.startsWith('../') || isAbsolute(place) || foreign.test(place)) return undefined;
  return place;
}

function fromUrl(path: string): string {
  if (!path.startsWith('file://')) return path;
  try {
    return decodeURIComponent(path.slice('file://'.length));
  } catch {
    return path.slice('file://'.length);
  }
}

const shapes: readonly { readonly pattern: RegExp; readonly order: readonly ('name' | 'file' | 'line')[] }[] = [
  // at name (file:1:2), at file:1:2, and in a list of TAP without the word.
  {
    pattern: /^\s*(?:at )?(?:async )?([^\s(].*?) \(((?:file:\/\/)?[^()\s][^()]*?):(\d+):\d+\)/,
    order: ['name', 'file', 'line'],
  },
  { pattern: /^\s*at (?:async )?((?:file:\/\/)?[^\s()][^()]*?):(\d+):\d+\s*$/, order: ['file', 'line'] },
  { pattern: /^\s*❯ (?:(\S+) )?([^\s:]+\.\w+):(\d+):\d+\s*$/, order: ['name', 'file', 'line'] },
  { pattern: /^\s*File "([^"]+)", line (\d+)(?:, in (\S+))?/, order: ['file', 'line', 'name'] },
  { pattern: /^(\S+\.pyi?):(\d+): in (\S+)/, order: ['file', 'line', 'name'] },
  { pattern: /^(\S+\.pyi?):(\d+): \w*\s*$/, order: ['file', 'line'] },
  { pattern: /^\s*(\/?[\w./@-]+\.go):(\d+)(?::\d+)?(?:[: +]|$)/, order: ['file', 'line'] },
];

/** Finds the frames of a stack trace that lie in the repository, in the order of its lines. */
export function framesIn(text: string, options: FailureOptions): Frame[] {
  const frames: Frame[] = [];
  for (const line of text.split('\n')) {
    const frame = frameOf(line, options);
    if (!frame) continue;
    const last = frames.at(-1);
    if (last?.file !== frame.file || last.line !== frame.line) frames.push(frame);
  }
  return frames;
}

function frameOf(text: string, options: FailureOptions): Frame | undefined {
  if (text.length > 1_000) return undefined;
  for (const { pattern, order } of shapes) {
    const found = pattern.exec(text);
    if (!found) continue;
    const part = (name: 'name' | 'file' | 'line'): string =>
      order.includes(name) ? (found[order.indexOf(name) + 1] ?? '') : '';
    const file = placeOf(part('file'), options);
    if (file === undefined) return undefined;
    const name = part('name').replace(/^new /, '');
    const known = name !== '' && !/<anonymous>|^TestContext|^Context\.|^Object\.|<module>|<lambda>/.test(name);
    return { file, line: Number(part('line')), ...(known ? { name } : {}) };
  }
  return undefined;
}
