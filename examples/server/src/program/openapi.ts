import type { Route } from '../http/route.ts';
import { sendJson } from '../http/send.ts';
import { type Description, descriptions } from './described-routes.ts';

type Fields = { readonly [name: string]: unknown };

/** `GET /openapi.json`: what there is at this relay, of the routes it has and their descriptions. */
export function openApiRoute(routes: readonly Route[], version: string): Route {
  let document: Fields | undefined;
  const route: Route = {
    method: 'GET',
    path: '/openapi.json',
    handle: ({ response }) => sendJson(response, 200, (document ??= openApi([...routes, route], version))),
  };
  return route;
}

/** Makes the OpenAPI document of the routes that are described; pages and files are no part of it. */
export function openApi(routes: readonly Pick<Route, 'method' | 'path'>[], version: string): Fields {
  const paths: Record<string, Record<string, Fields>> = {};
  for (const { method, path } of routes) {
    const description = descriptions[`${method} ${path}`];
    if (!description) continue;
    for (const shown of description.paths ?? [path.replaceAll(/:(\w+)/g, '{$1}')]) {
      (paths[shown] ??= {})[method.toLowerCase()] = operationOf(shown, method, description);
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Capstan relay', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    tags: ['models', 'devices', 'runs', 'administration', 'operation'].map((name) => ({ name })),
    paths,
    components: { securitySchemes, responses: { Refused: refused } },
  };
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A device token.' },
  anthropic: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'A device token.' },
  google: { type: 'apiKey', in: 'header', name: 'x-goog-api-key', description: 'A device token.' },
  query: { type: 'apiKey', in: 'query', name: 'key', description: 'A device token.' },
  administrator: { type: 'http', scheme: 'bearer', description: "The administrator's key." },
};

const refused = {
  description: "Refused or failed, in the shape of the client's vendor.",
  headers: {
    'x-request-id': { schema: { type: 'string' }, description: 'Stands in each line of the log.' },
    'retry-after': { schema: { type: 'integer' }, description: 'Seconds after which to try again.' },
  },
  content: {
    'application/json': { schema: { type: 'object', required: ['error'], properties: { error: { type: 'object' } } } },
  },
};

function operationOf(path: string, method: string, description: Description): Fields {
  const { summary, tag, body, query = [], gives = 'application/json', status = 200, shape } = description;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => parameter(name ?? '', 'path'));
  const parameters = [...inPath, ...query.map((name) => parameter(name, 'query'))];
  const content = status === 204 ? {} : { content: contentOf(gives, tag) };
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+(\w)?/g, (_, next?: string) => next?.toUpperCase() ?? '')}`,
    summary,
    tags: [tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(shape === undefined ? {} : { externalDocs: { url: shape } }),
    ...(body ? { requestBody: { required: body.length > 0, content: bodyOf(body) } } : {}),
    security: securityOf(description),
    responses: {
      [status]: { description: 'Done.', ...content },
      default: { $ref: '#/components/responses/Refused' },
    },
  };
}

function parameter(name: string, place: 'path' | 'query'): Fields {
  return { name, in: place, required: place === 'path', schema: { type: 'string' } };
}

function contentOf(type: string, tag: Description['tag']): Fields {
  const streamed = tag === 'models' || tag === 'runs' ? { 'text/event-stream': { schema: { type: 'string' } } } : {};
  const schema = type === 'application/json' ? { type: 'object' } : { type: 'string' };
  return { [type]: { schema }, ...streamed };
}

function bodyOf(required: readonly string[]): Fields {
  const schema = { type: 'object', ...(required.length > 0 ? { required } : {}), additionalProperties: true };
  return { 'application/json': { schema } };
}

function securityOf({ for: who }: Description): readonly Fields[] {
  if (who === 'all') return [];
  if (who === 'administrator') return [{ administrator: [] }];
  return [{ bearer: [] }, { anthropic: [] }, { google: [] }, { query: [] }];
}
