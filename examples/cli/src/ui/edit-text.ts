import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TUI } from '@earendil-works/pi-tui';
import type { Io } from '../frame/io.ts';
import { editFile } from '../run/text-editor.ts';

export interface EditTextOptions {
  readonly tui: TUI;
  readonly env: Io['env'];
  /** The file's name: editors colour by its ending. */
  readonly name: string;
}

/**
 * Hands a text to the person's own editor and gives what they left of it; the terminal is the editor's meanwhile.
 *
 * @throws {CapstanError} `invalid_config` when there is no editor, or it failed.
 */
export function editText(text: string, { tui, env, name }: EditTextOptions): string {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-edit-'));
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  tui.stop();
  try {
    editFile(file, { env });
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
    tui.start();
    tui.requestRender(true);
  }
}
