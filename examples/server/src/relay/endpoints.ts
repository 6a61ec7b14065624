import { CapstanError } from '@capstan/sdk/contract';
import { anthropicDialect } from '../dialect/anthropic.ts';
import { chatDialect } from '../dialect/chat.ts';
import { googleDialect } from '../dialect/google.ts';
import { responsesDialect } from '../dialect/responses.ts';
import type { RequestContext, Route } from '../http/route.ts';
import { Call } from './call.ts';
import type { Endpoint, Facts } from './endpoint.ts';
import { failLike } from './fail-like.ts';
import { modelListRoutes } from './model-list-routes.ts';
import type { RelayParts } from './relay-parts.ts';

const plain = (): Facts => ({ query: '' });

const chat: Endpoint = {
  dialect: chatDialect,
  wire: 'openai-chat',
  translates: true,
  facts: plain,
  upstreamPath: () => '/chat/completions',
};

const responses: Endpoint = {
  dialect: responsesDialect,
  wire: 'openai-responses',
  translates: true,
  facts: plain,
  upstreamPath: () => '/responses',
};

const embeddings: Endpoint = {
  dialect: chatDialect,
  wire: 'openai-embeddings',
  translates: false,
  facts: () => ({ query: '', stream: false }),
  upstreamPath: () => '/embeddings',
};

const messages: Endpoint = {
  dialect: anthropicDialect,
  wire: 'anthropic',
  translates: true,
  facts: ({ query }) => ({ query: query.get('beta') === 'true' ? '?beta=true' : '' }),
  upstreamPath: ({ query }) => `/messages${query}`,
};

const countMessages: Endpoint = {
  ...messages,
  facts: (context) => ({ ...messages.facts(context), count: true, stream: false }),
  upstreamPath: ({ query }) => `/messages/count_tokens${query}`,
};

const google: Endpoint = {
  dialect: googleDialect,
  wire: 'google',
  translates: true,
  facts: googleFacts,
  upstreamPath: ({ stream, count, query }, model) => {
    const action = count ? 'countTokens' : stream ? 'streamGenerateContent' : 'generateContent';
    return `/models/${encodeURIComponent(model)}:${action}${query}`;
  },
};

/** What the address of a Gemini call says: `models/<name>:<what to do>`. */
function googleFacts({ params, query }: RequestContext): Facts {
  const call = params['call'] ?? '';
  const colon = call.lastIndexOf(':');
  const action = call.slice(colon + 1);
  const model = call.slice(0, Math.max(colon, 0));
  if (model === '' || !['generateContent', 'streamGenerateContent', 'countTokens'].includes(action)) {
    const text = 'Post to /v1beta/models/<model>:generateContent, :streamGenerateContent or :countTokens.';
    throw new CapstanError('not_found', text, { status: 404 });
  }
  const stream = action === 'streamGenerateContent';
  const list = stream && query.get('alt') !== 'sse';
  return { model, stream, list, count: action === 'countTokens', query: stream && !list ? '?alt=sse' : '' };
}

/** The routes that answer like a vendor. */
export function modelRoutes(parts: RelayParts): readonly Route[] {
  const post = (path: string, endpoint: Endpoint): Route => ({
    method: 'POST',
    path,
    sendsBaseHeaders: true,
    handle: (context) => new Call(parts, endpoint, context).answer(),
    fail: (error, context) => failLike(endpoint.dialect, error, context),
  });
  return [
    post('/v1/chat/completions', chat),
    post('/v1/responses', responses),
    post('/v1/messages', messages),
    post('/v1/messages/count_tokens', countMessages),
    post('/v1/embeddings', embeddings),
    post('/v1beta/models/*call', google),
    post('/v1/models/*call', google),
    ...modelListRoutes(parts),
  ];
}
