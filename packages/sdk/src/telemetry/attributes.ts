/**
 * Names of OpenTelemetry's conventions for generative AI, as attributes and metrics carry them.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/, read 2026-11-21.
 */
export const name = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  maxTokens: 'gen_ai.request.max_tokens',
  finishReasons: 'gen_ai.response.finish_reasons',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheRead: 'gen_ai.usage.cache_read.input_tokens',
  cacheWrite: 'gen_ai.usage.cache_creation.input_tokens',
  conversation: 'gen_ai.conversation.id',
  tool: 'gen_ai.tool.name',
  toolCall: 'gen_ai.tool.call.id',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  tokenType: 'gen_ai.token.type',
  error: 'error.type',
  /** Not of the conventions, which have no name for them yet. */
  runId: 'capstan.run.id',
  turn: 'capstan.turn',
  reason: 'capstan.run.reason',
  costUsd: 'capstan.cost.usd',
  rule: 'capstan.policy.rule',
  verdict: 'capstan.policy.verdict',
} as const;

/** Metrics of the conventions, and one of ours for cost. */
export const metric = {
  tokens: 'gen_ai.client.token.usage',
  duration: 'gen_ai.client.operation.duration',
  firstToken: 'gen_ai.client.operation.time_to_first_chunk',
  cost: 'capstan.client.cost',
} as const;
