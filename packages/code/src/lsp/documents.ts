import { readFileSync, statSync } from 'node:fs';
import { uriOf } from './file-uri.ts';
import { TextLines } from './position.ts';

/** A text that a server has been given. */
export interface OpenDocument {
  readonly path: string;
  readonly version: number;
  readonly lines: TextLines;
}

export interface DocumentsOptions {
  readonly notify: (method: string, params: unknown) => void;
  readonly languageId: (path: string) => string;
  /** Wants to hear of saves; see `Capabilities.save`. */
  readonly save: () => false | 'bare' | 'text';
  /** Most texts that are open at one time; the one used longest ago gives way. Default 100. */
  readonly maxOpen?: number;
}

/** The texts that one server has, with versions that only grow. */
export interface Documents {
  get(path: string): OpenDocument | undefined;
  paths(): readonly string[];
  /**
   * Gives a server a text, open or not.
   *
   * @param saved The text is what lies on disk.
   * @returns Whether the server had another text or none.
   */
  put(path: string, text: string, saved: boolean): boolean;
  close(path: string): void;
}

/** Bytes of a file that a server is given; a longer one is data. */
const maxBytes = 4 << 20;

export function openDocuments({ notify, languageId, save, maxOpen = 100 }: DocumentsOptions): Documents {
  const open = new Map<string, OpenDocument>();
  // A text that is opened again goes on counting: a late answer about the earlier one is known by its version.
  const versions = new Map<string, number>();
  const nextVersion = (path: string): number => {
    const version = (versions.get(path) ?? 0) + 1;
    versions.set(path, version);
    return version;
  };
  const close = (path: string): void => {
    if (open.delete(path)) notify('textDocument/didClose', { textDocument: { uri: uriOf(path) } });
  };
  const tellSaved = (path: string, text: string): void => {
    const wanted = save();
    if (wanted === false) return;
    const textDocument = { uri: uriOf(path) };
    notify('textDocument/didSave', wanted === 'text' ? { textDocument, text } : { textDocument });
  };
  return {
    get: (path) => open.get(path),
    paths: () => [...open.keys()],
    close,
    put(path, text, saved) {
      const before = open.get(path);
      open.delete(path);
      if (before?.lines.text === text) {
        open.set(path, before);
        return false;
      }
      const version = nextVersion(path);
      open.set(path, { path, version, lines: new TextLines(text) });
      const uri = uriOf(path);
      if (before) {
        // A change without a range is the whole text, whichever way of synchronising a server chose.
        notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] });
        if (saved) tellSaved(path, text);
      } else {
        notify('textDocument/didOpen', { textDocument: { uri, languageId: languageId(path), version, text } });
      }
      const [oldest] = open.keys();
      if (open.size > maxOpen && oldest !== undefined) close(oldest);
      return true;
    },
  };
}

/** The text of a file without a byte-order mark; `undefined` where there is no file or it is no text of UTF-8. */
export function textOnDisk(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    return decodeSource(readFileSync(path));
  } catch {
    return undefined;
  }
}

/** Bytes as the text that servers are given; `undefined` for what is no UTF-8. */
export function decodeSource(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
