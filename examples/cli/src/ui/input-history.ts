import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Most lines that are offered again. */
const most = 500;

/** Reads what was typed before, the oldest first; nothing when there is no file or a line is damaged. */
export function readHistory(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean).slice(-most);
    return lines.flatMap((line) => {
      try {
        const text: unknown = JSON.parse(line);
        return typeof text === 'string' ? [text] : [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** Keeps what was typed, for its owner alone. A history that cannot be kept is no reason to stop. */
export function keepHistory(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    appendFileSync(path, `${JSON.stringify(text)}\n`, { mode: 0o600 });
  } catch {}
}
