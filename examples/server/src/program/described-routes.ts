/** What a route does, for the OpenAPI document. */
export interface Description {
  readonly summary: string;
  readonly tag: 'models' | 'devices' | 'runs' | 'administration' | 'operation';
  /** Who may call: everybody, a device, the administrator, or who has the token of the metrics. */
  readonly for: 'all' | 'device' | 'administrator';
  /** Members of the JSON body that must be there; absent where there is no body. */
  readonly body?: readonly string[];
  /** Parameters of the query that count. */
  readonly query?: readonly string[];
  /** Content type of a success. Default `application/json`. */
  readonly gives?: string;
  /** Status of a success. Default 200. */
  readonly status?: number;
  /** Where the shape of body and reply is documented. */
  readonly shape?: string;
  /** Paths to show instead, where the route's pattern stands for several. */
  readonly paths?: readonly string[];
}

const openai = 'https://platform.openai.com/docs/api-reference';
const model = { tag: 'models', for: 'device' } as const;
const gemini = {
  ...model,
  summary: 'Gemini: generates content, whole or streamed, or counts the tokens of a prompt',
  body: ['contents'],
  query: ['alt'],
  shape: 'https://ai.google.dev/api/generate-content',
} as const;
const geminiPaths = (version: string) =>
  ['generateContent', 'streamGenerateContent', 'countTokens'].map((action) => `/${version}/models/{model}:${action}`);
const administrator = { tag: 'administration', for: 'administrator' } as const;
const run = { tag: 'runs', for: 'device' } as const;
const order = { ...run, status: 204 } as const;

/** Every route that programs call, by method and pattern. */
export const descriptions: { readonly [route: string]: Description } = {
  'POST /v1/chat/completions': {
    ...model,
    summary: 'OpenAI Chat Completions, whole or streamed',
    body: ['model', 'messages'],
    shape: `${openai}/chat`,
  },
  'POST /v1/responses': {
    ...model,
    summary: 'OpenAI Responses, whole or streamed; nothing is stored',
    body: ['model', 'input'],
    shape: `${openai}/responses`,
  },
  'POST /v1/embeddings': {
    ...model,
    summary: 'OpenAI Embeddings',
    body: ['model', 'input'],
    shape: `${openai}/embeddings`,
  },
  'POST /v1/messages': {
    ...model,
    summary: 'Anthropic Messages, whole or streamed',
    body: ['model', 'max_tokens', 'messages'],
    query: ['beta'],
    shape: 'https://platform.claude.com/docs/en/api/messages',
  },
  'POST /v1/messages/count_tokens': {
    ...model,
    summary: 'Counts the tokens of an Anthropic prompt',
    body: ['model', 'messages'],
    query: ['beta'],
    shape: 'https://platform.claude.com/docs/en/api/messages-count-tokens',
  },
  'POST /v1beta/models/*call': { ...gemini, paths: geminiPaths('v1beta') },
  'POST /v1/models/*call': { ...gemini, paths: geminiPaths('v1') },
  'GET /v1/models': { ...model, summary: 'Lists models, in the shape of the vendor whose client asks' },
  'GET /v1/models/*id': { ...model, summary: 'Tells of one model', paths: ['/v1/models/{id}'] },
  'GET /v1beta/models': { ...model, summary: 'Lists models as Gemini does' },
  'GET /v1beta/models/*id': { ...model, summary: 'Tells of one model as Gemini does', paths: ['/v1beta/models/{id}'] },
  'GET /v1/devices/challenge': { tag: 'devices', for: 'all', summary: 'Gives work to prove before a token is issued' },
  'POST /v1/devices': { tag: 'devices', for: 'all', summary: 'Issues a token to a device', body: [], status: 201 },
  'GET /v1/devices/me': { tag: 'devices', for: 'device', summary: 'Tells whose the token is, and until when' },
  'POST /v1/devices/rotate': { tag: 'devices', for: 'device', summary: 'Gives a new token; the old one ends soon' },
  'DELETE /v1/devices/me': { tag: 'devices', for: 'device', summary: 'Revokes the token', status: 204 },
  'GET /v1/here': {
    tag: 'operation',
    for: 'all',
    summary: 'Proves to a program of the same user that this is the relay',
  },
  'GET /healthz': { tag: 'operation', for: 'all', summary: 'Tells that the relay lives' },
  'GET /readyz': { tag: 'operation', for: 'all', summary: 'Tells whether calls should be sent here; 503 when not' },
  'GET /metrics': { tag: 'operation', for: 'all', summary: 'Metrics for Prometheus', gives: 'text/plain' },
  'GET /openapi.json': { tag: 'operation', for: 'all', summary: 'This document' },
  'POST /v1/runs': { ...run, summary: 'Starts a run of an agent', body: ['task', 'workspace'], status: 202 },
  'GET /v1/runs': { ...run, summary: "Lists the device's runs" },
  'GET /v1/runs/:id': { ...run, summary: 'Tells how a run stands' },
  'GET /v1/runs/:id/events': { ...run, summary: 'Streams the events of a run, from a position where one is given' },
  'POST /v1/runs/:id': { ...order, summary: 'Steers, answers or stops a run by a command in the body', body: ['type'] },
  'POST /v1/runs/:id/approve': { ...order, summary: 'Approves a call that waits', body: ['callId'] },
  'POST /v1/runs/:id/deny': { ...order, summary: 'Denies a call that waits', body: ['callId'] },
  'POST /v1/runs/:id/steer': { ...order, summary: 'Says something to a run under way', body: ['text'] },
  'POST /v1/runs/:id/queue': { ...order, summary: 'Says something to a run for its next turn', body: ['text'] },
  'POST /v1/runs/:id/stop': { ...order, summary: 'Stops a run', body: [] },
  'GET /v1/runs/:id/result': { ...run, summary: 'Gives the result of a run' },
  'GET /v1/runs/:id/patch': { ...run, summary: 'Downloads what a run changed', gives: 'text/x-diff' },
  'GET /admin/api/overview': { ...administrator, summary: 'How the relay and its upstreams stand' },
  'GET /admin/api/limits': { ...administrator, summary: 'The limits that hold' },
  'GET /admin/api/usage': {
    ...administrator,
    summary: 'Usage by day, device, organisation or model',
    query: ['by', 'from', 'to', 'device', 'organisation', 'limit'],
  },
  'GET /admin/api/devices': { ...administrator, summary: 'Lists devices', query: ['limit', 'before', 'organisation'] },
  'POST /admin/api/devices': { ...administrator, summary: 'Issues a token to a device', body: [], status: 201 },
  'POST /admin/api/devices/:id/revoke': { ...administrator, summary: 'Revokes the tokens of a device', status: 204 },
  'POST /admin/api/devices/:id/stop': {
    ...administrator,
    summary: 'Stops a device for some minutes',
    body: ['minutes', 'why'],
    status: 204,
  },
  'POST /admin/api/devices/:id/resume': { ...administrator, summary: 'Lets a stopped device go on', status: 204 },
};
