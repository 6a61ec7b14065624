import { pathOf } from './file-uri.ts';
import { readDiagnostics, recordOf, type WireDiagnostic } from './replies.ts';

/** What a server published by itself about a file. */
interface Publication {
  /** Counts up over all files. */
  readonly serial: number;
  /** Of the text it is about, where the server says so. */
  readonly version?: number;
  readonly diagnostics: readonly WireDiagnostic[];
}

/** A text that a server is to have an opinion of. */
export interface Awaited {
  readonly path: string;
  /** The count of publications when the text was sent. */
  readonly after: number;
  readonly version: number;
}

/** What a server publishes and does, kept so that one can wait for it to come to rest. */
export interface Published {
  /** The count of publications so far. */
  readonly serial: number;
  of(path: string): readonly WireDiagnostic[];
  /** Takes up `textDocument/publishDiagnostics`. */
  take(params: unknown): void;
  /** Takes up `$/progress`: a server at work has more to say. */
  progress(params: unknown): void;
  /** Something else has happened that those who wait should look at. */
  wake(): void;
  /**
   * Waits until there is an opinion of each text and nothing more comes, or `until` holds, or the signal aborts.
   *
   * @returns Paths without an opinion; and whether the server was at rest.
   */
  settled(
    texts: readonly Awaited[],
    options: SettleOptions,
  ): Promise<{ readonly silent: readonly string[]; readonly atRest: boolean }>;
}

export interface SettleOptions {
  readonly signal: AbortSignal;
  /** Ends the waiting at once. */
  readonly until: () => boolean;
}

/** Files of which anything is remembered. */
const maxFiles = 200;
/** Servers without versions speak in stages (syntax, then types): this long without a word means the last has come. */
const quietMs = 250;

/** @param isOpen Tells which files count: what a server says of others nobody asks for, and may be without end. */
export function publishedBy(isOpen: (path: string) => boolean): Published {
  const files = new Map<string, Publication>();
  const working = new Set<string>();
  const waiting = new Set<() => void>();
  let serial = 0;
  const wake = (): void => waiting.forEach((each) => each());
  const news = (signal: AbortSignal, ms?: number): Promise<'news' | 'quiet' | 'stop'> =>
    new Promise((resolve) => {
      const done = (how: 'news' | 'quiet' | 'stop') => (): void => {
        clearTimeout(timer);
        waiting.delete(heard);
        signal.removeEventListener('abort', stop);
        resolve(how);
      };
      const heard = done('news');
      const stop = done('stop');
      const timer = ms === undefined ? undefined : setTimeout(done('quiet'), ms);
      waiting.add(heard);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    });
  const known = ({ path, after, version }: Awaited): boolean => {
    const found = files.get(path);
    return found !== undefined && found.serial > after && (found.version ?? version) >= version;
  };
  return {
    get serial() {
      return serial;
    },
    of: (path) => files.get(path)?.diagnostics ?? [],
    wake,
    take(params) {
      const { uri, version, diagnostics } = recordOf(params);
      const path = pathOf(String(uri));
      if (path === undefined || !isOpen(path)) return;
      serial += 1;
      files.delete(path);
      files.set(path, {
        serial,
        diagnostics: readDiagnostics(diagnostics),
        ...(typeof version === 'number' ? { version } : {}),
      });
      const [oldest] = files.keys();
      if (files.size > maxFiles && oldest !== undefined) files.delete(oldest);
      wake();
    },
    progress(params) {
      const { token, value } = recordOf(params);
      const { kind } = recordOf(value);
      if (kind === 'begin') working.add(String(token));
      if (kind === 'end') working.delete(String(token));
      wake();
    },
    async settled(texts, { signal, until }) {
      for (;;) {
        const silent = texts.filter((text) => !known(text)).map(({ path }) => path);
        if (until()) return { silent, atRest: true };
        const how = await news(signal, silent.length === 0 && working.size === 0 ? quietMs : undefined);
        if (how === 'quiet') return { silent, atRest: true };
        if (how === 'stop') return { silent, atRest: false };
      }
    },
  };
}
