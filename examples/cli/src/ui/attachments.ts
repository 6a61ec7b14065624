import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunInput, UserPart } from '@capstan/sdk/contract';

const imageNames = new Set(['.png', '.jpg', '.jpeg', '.gif', '.webp', '.pdf']);

/** Pictures and documents that wait to be sent, each with a mark in the text that stands for it. */
export class Attachments {
  readonly #parts = new Map<string, UserPart>();
  #count = 0;

  /** Keeps a part. Gives the mark to put into the text. */
  add(part: UserPart): string {
    this.#count += 1;
    const mark = `[${part.type} #${this.#count}]`;
    this.#parts.set(mark, part);
    return mark;
  }

  /** Puts a message together: its text, and the parts whose marks are still in it. */
  take(text: string): RunInput {
    const parts = [...this.#parts].filter(([mark]) => text.includes(mark)).map(([, part]) => part);
    this.#parts.clear();
    this.#count = 0;
    return parts.length === 0 ? text : [{ type: 'text', text }, ...parts];
  }
}

/** Finds the picture or document that a pasted text names, as terminals paste a file that is dropped on them. */
export function droppedFile(text: string, cwd: string): string | undefined {
  const line = text.trim();
  if (line === '' || line.length > 4096 || line.includes('\n')) return undefined;
  const bare = line.replace(/^(['"])(.*)\1$/, '$2').replace(/\\(.)/g, '$1');
  const path = bare.startsWith('file://') ? fromUrl(bare) : bare.replace(/^~(?=\/)/, homedir());
  if (path === undefined || !imageNames.has(extname(path).toLowerCase())) return undefined;
  const absolute = resolve(cwd, path);
  return existsSync(absolute) && statSync(absolute).isFile() ? absolute : undefined;
}

function fromUrl(text: string): string | undefined {
  try {
    return fileURLToPath(text);
  } catch {
    return undefined;
  }
}

type Reader = readonly [command: string, ...args: string[]];

/** Programs that write the clipboard's picture to standard output, or to the file `FILE`. */
const readers: Readonly<Partial<Record<NodeJS.Platform, readonly Reader[]>>> = {
  linux: [
    ['wl-paste', '--no-newline', '--type', 'image/png'],
    ['xclip', '-selection', 'clipboard', '-target', 'image/png', '-out'],
  ],
  darwin: [
    ['pngpaste', '-'],
    [
      'osascript',
      '-e',
      'set f to open for access POSIX file "FILE" with write permission',
      '-e',
      'write (the clipboard as «class PNGf») to f',
      '-e',
      'close access f',
    ],
  ],
  win32: [
    [
      'powershell',
      '-NoProfile',
      '-Command',
      "Add-Type -AssemblyName System.Windows.Forms; $i=[System.Windows.Forms.Clipboard]::GetImage(); if($i){$i.Save('FILE')}",
    ],
  ],
};

/** Reads the picture on the clipboard, as PNG; `undefined` when there is none, or no program to ask. */
export function clipboardImage(platform: NodeJS.Platform): Buffer | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-clipboard-'));
  const file = join(folder, 'image.png');
  try {
    for (const [command, ...args] of readers[platform] ?? []) {
      const words = args.map((arg) => arg.replace('FILE', file));
      const { status, stdout } = spawnSync(command, words, { maxBuffer: 64 << 20, timeout: 5000 });
      const bytes = existsSync(file) ? readFileSync(file) : stdout;
      if (status === 0 && bytes?.subarray(1, 4).toString() === 'PNG') return bytes;
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
