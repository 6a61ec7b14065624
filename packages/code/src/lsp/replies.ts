import { pathOf } from './file-uri.ts';
import type { WirePosition, WireRange } from './position.ts';

/** A range in a file. */
export interface WirePlace {
  /** Absolute. */
  readonly path: string;
  readonly range: WireRange;
}

/** What a server says is wrong, as it says it. */
export interface WireDiagnostic {
  readonly range: WireRange;
  readonly severity: Severity;
  readonly code?: string;
  readonly source?: string;
  readonly message: string;
}

export type Severity = 'error' | 'warning' | 'info' | 'hint';

/** More in one file is told by nobody. */
const maxDiagnostics = 1_000;
const maxMessage = 1_000;

/** Reads the words of a server; whatever does not have the shape it should is left out. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Reads `Location`, `Location[]` or `LocationLink[]`. */
export function readPlaces(value: unknown): readonly WirePlace[] {
  return (Array.isArray(value) ? value : [value]).flatMap((one) => {
    const { uri, range, targetUri, targetSelectionRange, targetRange } = recordOf(one);
    const path = pathOf(String(uri ?? targetUri ?? ''));
    const read = readRange(range ?? targetSelectionRange ?? targetRange);
    return path === undefined || !read ? [] : [{ path, range: read }];
  });
}

/** Reads a list of diagnostics; hints that only fade text out are left out. */
export function readDiagnostics(value: unknown): readonly WireDiagnostic[] {
  return listOf(value)
    .slice(0, maxDiagnostics)
    .flatMap((one) => {
      const { range, severity, code, source, message } = recordOf(one);
      const read = readRange(range);
      const words = typeof message === 'string' ? message : recordOf(message)['value'];
      if (!read || typeof words !== 'string') return [];
      const diagnostic: WireDiagnostic = {
        range: read,
        severity: severities[Number(severity ?? 1) - 1] ?? 'error',
        message: words.slice(0, maxMessage),
        ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code).slice(0, 100) } : {}),
        ...(typeof source === 'string' ? { source: source.slice(0, 100) } : {}),
      };
      return [diagnostic];
    });
}

const severities: readonly Severity[] = ['error', 'warning', 'info', 'hint'];

export function readRange(value: unknown): WireRange | undefined {
  const { start, end } = recordOf(value);
  const [from, to] = [readPosition(start), readPosition(end)];
  return from && to ? { start: from, end: to } : undefined;
}

function readPosition(value: unknown): WirePosition | undefined {
  const { line, character } = recordOf(value);
  return isCount(line) && isCount(character) ? { line, character } : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
