import type { SearchOptions } from '@capstan/code';
import type { Cli } from '../frame/cli.ts';

/** Gives vectors of texts; see `SearchOptions.embed`. */
export type Embed = NonNullable<SearchOptions['embed']>;

/** Longest wait for vectors; beyond it words alone order the files. */
const maxMs = 4000;

/**
 * Finds a model on this machine that makes vectors of texts: of an Ollama that runs here. Nothing of the repository goes
 * to another machine.
 */
export async function localEmbed({ io: { env } }: Pick<Cli, 'io'>): Promise<Embed | undefined> {
  try {
    const { detectServer, findEmbedder } = await import('@capstan/providers/ollama');
    const found = await detectServer({ env, timeoutMs: env['OLLAMA_HOST'] ? 1000 : 150 });
    if (!found || !['127.0.0.1', '::1', '[::1]', 'localhost'].includes(new URL(found.url).hostname)) return undefined;
    const embedder = await findEmbedder({ env, timeouts: { firstByteMs: 1000 } });
    if (!embedder) return undefined;
    return rememberTexts((texts, signal) => {
      const limit = AbortSignal.timeout(maxMs);
      return embedder.embed(texts, signal ? AbortSignal.any([signal, limit]) : limit);
    });
  } catch {
    return undefined;
  }
}

/** Asks for each text once. */
function rememberTexts(embed: Embed): Embed {
  const known = new Map<string, readonly number[]>();
  return async (texts, signal) => {
    const fresh = [...new Set(texts)].filter((text) => !known.has(text));
    const vectors = fresh.length === 0 ? [] : await embed(fresh, signal);
    for (const [at, text] of fresh.entries()) known.set(text, vectors[at] ?? []);
    return texts.map((text) => known.get(text) ?? []);
  };
}
