import type { ModelInfo } from '@capstan/sdk/contract';

/** A model that a relay offers. */
export interface OfferedModel {
  /** As a client names it. */
  readonly id: string;
  /** Who serves it, for example the name of an upstream. */
  readonly owner: string;
  /** Unix milliseconds since when it is offered. */
  readonly since: number;
  readonly info: ModelInfo;
}

/** How a vendor's clients read the models there are: all of them, and one. */
export interface ModelListing {
  all(models: readonly OfferedModel[]): unknown;
  one(model: OfferedModel): unknown;
}

/** `GET /v1/models` as OpenAI answers it. */
export const openaiModels: ModelListing = {
  all: (models) => ({ object: 'list', data: models.map(openaiModel) }),
  one: openaiModel,
};

function openaiModel({ id, owner, since }: OfferedModel): object {
  return { id, object: 'model', created: Math.floor(since / 1000), owned_by: owner };
}

/** `GET /v1/models` as Anthropic answers it, all on one page. */
export const anthropicModels: ModelListing = {
  all: (models) => ({
    data: models.map(anthropicModel),
    has_more: false,
    first_id: models.at(0)?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  }),
  one: anthropicModel,
};

function anthropicModel({ id, since, info }: OfferedModel): object {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(since).toISOString(),
    ...(info.contextWindow === undefined ? {} : { max_input_tokens: info.contextWindow }),
    ...(info.maxOutputTokens === undefined ? {} : { max_tokens: info.maxOutputTokens }),
  };
}

/** `GET /v1beta/models` as Gemini answers it, all on one page. */
export const googleModels: ModelListing = {
  all: (models) => ({ models: models.map(googleModel) }),
  one: googleModel,
};

function googleModel({ id, info }: OfferedModel): object {
  return {
    name: `models/${id}`,
    displayName: id,
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
    ...(info.contextWindow === undefined ? {} : { inputTokenLimit: info.contextWindow }),
    ...(info.maxOutputTokens === undefined ? {} : { outputTokenLimit: info.maxOutputTokens }),
    ...(info.reasoning === undefined ? {} : { thinking: info.reasoning }),
  };
}
