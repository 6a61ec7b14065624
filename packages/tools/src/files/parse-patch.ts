import { CapstanError } from '@capstan/sdk/contract';
import type { FilePatch } from './file-patch.ts';
import { lineFeed } from './line-feed.ts';
import { parseBeginPatch } from './parse-begin-patch.ts';
import { parseSearchReplace } from './parse-search-replace.ts';
import { parseUnified } from './parse-unified.ts';

/**
 * Reads a patch in any format that models write, file by file.
 *
 * Fences, shell wrappers and words around it are passed over; what can be read in two ways is refused.
 *
 * @throws {CapstanError} `tool_failed` saying which line is wrong.
 */
export function* parsePatch(text: string): Generator<FilePatch> {
  if (/^\s*\*\*\* (?:Begin Patch|(?:Add|Delete|Update) File: )/m.test(text)) {
    if (/^\s*\*\*\* Begin Patch/m.test(text) && !/^\s*\*\*\* End Patch/m.test(text)) throw cutOff();
    yield* parseBeginPatch(lineFeed(withoutWrapping(text)));
  } else if (/^<{5,9} ?(?:SEARCH|ORIGINAL)\b/m.test(text)) {
    yield* parseSearchReplace(lineFeed(text));
  } else if (/^(?:diff --git |--- |@@ )/m.test(text)) {
    yield* parseUnified(lineFeed(text));
  } else {
    throw new CapstanError('tool_failed', formats);
  }
}

/** A model that met its output limit sends the start of a patch. */
function cutOff(): CapstanError {
  return new CapstanError(
    'tool_failed',
    'The patch has no "*** End Patch", so its end may be missing. Send it whole, or in smaller parts.',
  );
}

const formats =
  'This is no patch. Send "*** Begin Patch" … "*** End Patch" with "*** Update File: path" and hunks, or a unified diff, or search/replace blocks.';

/** Leaves only what stands between the marks, or from the first file on. */
function withoutWrapping(text: string): string {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => /^\s*\*\*\* (?:Begin Patch|(?:Add|Delete|Update) File: )/.test(line));
  const indent = /^\s*/.exec(lines[begin] ?? '')?.[0] ?? '';
  const body = lines.slice(begin);
  if (indent === '' || !body.every((line) => line.startsWith(indent) || line.trim() === '')) return body.join('\n');
  return body.map((line) => line.slice(indent.length)).join('\n');
}
