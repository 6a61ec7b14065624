import { detectServer, listModels } from '@capstan/providers/ollama';
import type { Environment } from '../config/environment-settings.ts';
import { type Settings, settingsSchema } from '../config/schema.ts';

/** Upstreams for a relay that was told of none, and what its operator should be told. */
export interface DefaultUpstreams {
  readonly settings: Pick<Settings, 'upstreams' | 'routes' | 'fallback'>;
  readonly notice: string;
}

/** Finds what answers where nothing is configured: Ollama if it runs here, else the practice model. */
export async function defaultUpstreams(env: Environment): Promise<DefaultUpstreams> {
  const found = await detectServer({ env });
  const models = found ? await modelsOf(env) : [];
  const [first] = models;
  if (found && first !== undefined) {
    const { upstreams, routes, fallback } = settingsSchema.parse({
      upstreams: { ollama: { kind: 'ollama', baseURL: `${found.url}/v1`, models } },
      fallback: `ollama/${first}`,
    });
    const notice = `No upstream is configured. Calls go to Ollama at ${found.url}; names that it does not know go to ${first}.`;
    return { settings: { upstreams, routes, fallback }, notice };
  }
  const { upstreams, routes, fallback } = settingsSchema.parse({
    upstreams: { practice: { kind: 'practice', models: ['practice'] } },
    fallback: 'practice/practice',
  });
  const notice =
    'No upstream is configured and no Ollama runs here. Every call goes to the practice model: rules, no language model. ' +
    'Set OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY, or give --config FILE.';
  return { settings: { upstreams, routes, fallback }, notice };
}

async function modelsOf(env: Environment): Promise<string[]> {
  try {
    const listed = await listModels({ env, timeouts: { firstByteMs: 5000 } });
    return listed.map(({ id }) => id.replace(/^ollama\//, ''));
  } catch {
    return [];
  }
}
