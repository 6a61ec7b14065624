import { CapstanError } from '@capstan/sdk/contract';
import { anthropicDialect } from '../dialect/anthropic.ts';
import { chatDialect } from '../dialect/chat.ts';
import type { Dialect } from '../dialect/dialect.ts';
import { googleDialect } from '../dialect/google.ts';
import { anthropicModels, googleModels, type ModelListing, openaiModels } from '../dialect/model-list.ts';
import type { RequestContext, Route } from '../http/route.ts';
import { sendJson } from '../http/send.ts';
import { failLike } from './fail-like.ts';
import { offeredModels } from './offered-models.ts';
import type { RelayParts } from './relay-parts.ts';

interface Speech {
  readonly dialect: Dialect;
  readonly listing: ModelListing;
}

/** The routes that list models, in the shape of the vendor whose client asks. */
export function modelListRoutes({ upstreams, gate, now }: RelayParts): readonly Route[] {
  const offered = offeredModels(upstreams, now);

  async function all(context: RequestContext): Promise<void> {
    await gate.identify(context.token, context.ip);
    sendJson(context.response, 200, speechOf(context).listing.all(await offered()));
  }

  async function one(context: RequestContext): Promise<void> {
    await gate.identify(context.token, context.ip);
    const id = context.params['id'] ?? '';
    const model = (await offered()).find((candidate) => candidate.id === id);
    if (!model) {
      const text = `There is no model "${id.slice(0, 100)}". GET ${context.path.split('/models')[0]}/models lists those there are.`;
      throw new CapstanError('not_found', text, { status: 404, where: 'model' });
    }
    sendJson(context.response, 200, speechOf(context).listing.one(model));
  }

  const get = (path: string, handle: Route['handle']): Route => ({
    method: 'GET',
    path,
    handle,
    fail: (error, context) => failLike(speechOf(context).dialect, error, context),
  });
  return [
    get('/v1/models', all),
    get('/v1/models/*id', one),
    get('/v1beta/models', all),
    get('/v1beta/models/*id', one),
  ];
}

/** Anthropic's clients name a version of its API; Google's use its path, or its header for the key. */
function speechOf({ request, path, query }: RequestContext): Speech {
  const { headers } = request;
  if (path.startsWith('/v1beta/') || headers['x-goog-api-key'] !== undefined || query.has('key'))
    return { dialect: googleDialect, listing: googleModels };
  if (headers['anthropic-version'] !== undefined) return { dialect: anthropicDialect, listing: anthropicModels };
  return { dialect: chatDialect, listing: openaiModels };
}
