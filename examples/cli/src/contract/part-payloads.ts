import {
  either,
  flag,
  json,
  list,
  number,
  object,
  oneOf,
  orNull,
  part,
  record,
  text,
  whole,
  type Shape,
} from './shape.ts';

const entry = object({
  'command?': text,
  'args?': list(text),
  'env?': record(text),
  'cwd?': text,
  'url?': text,
  'headers?': record(text),
  'oauth?': flag,
  'trust?': oneOf('annotations'),
});
const scope = oneOf('user', 'project');
const toolNamed = object({ name: text, description: text });

const agentFields = {
  name: text,
  description: text,
  'model?': text,
  'mode?': part('mode'),
  'tools?': list(text),
  path: text,
};

const plugin = {
  name: text,
  version: text,
  description: text,
  license: text,
  folder: text,
  provides: list(text),
  needs: record(list(text)),
};

const judgement = { verdict: part('verdict'), rule: text, reason: text, 'effects?': list(part('effect')) };
const decision = object({
  verdict: part('verdict'),
  rule: text,
  reason: text,
  approvals: whole,
  'effect?': part('effect'),
});

const prompt = object({
  name: text,
  description: text,
  owner: oneOf('user', 'workspace'),
  variables: list(object({ name: text, 'description?': text, 'default?': text })),
  file: text,
});

const promptPart = object({
  layer: oneOf('base', 'provider', 'user', 'workspace', 'skills', 'task'),
  text,
  'file?': text,
  'lines?': list(whole),
  tokens: whole,
});

/** What the commands give that speak of tools, servers, agents, vendors, rules and prompts. */
export const partPayloads: Readonly<Record<string, Shape>> = {
  'mcp list': object({ servers: list(object({ name: text, scope, place: text, approved: flag })) }),
  'mcp show': object({ name: text, scope, file: text, approved: flag, entry }),
  'mcp add': object({ name: text, scope, file: text, entry, dryRun: flag }),
  'mcp remove': object({ name: text, scope, file: text, dryRun: flag }),
  'mcp approve': object({ name: text, entry, accepted: list(toolNamed), dryRun: flag }),
  'mcp test': object({
    name: text,
    ms: number,
    tools: list(toolNamed),
    prompts: list(
      object({
        name: text,
        'description?': text,
        arguments: list(object({ name: text, 'description?': text, required: flag })),
      }),
    ),
    changed: list(toolNamed),
    unusable: list(object({ tool: text, why: text })),
  }),
  'mcp login': object({ name: text, kept: text, dryRun: flag }),
  'mcp logout': object({ name: text, dryRun: flag }),
  'mcp serve': object({ tools: list(text) }),
  'agent list': object({ agents: list(object({ ...agentFields, source: scope })) }),
  'agent show': object({ ...agentFields, instructions: text, source: scope }),
  'agent create': object({ ...agentFields, instructions: text, dryRun: flag }),
  'agent delete': object({ name: text, path: text, dryRun: flag }),
  serve: object({ exit: whole }),
  'provider list': object({
    providers: list(
      object({ vendor: text, key: orNull(text), variable: orNull(text), baseURL: orNull(text), own: flag }),
    ),
  }),
  'provider add': object({ name: text, provider: record(json), path: text, dryRun: flag }),
  'provider remove': object({ name: text, path: text, dryRun: flag }),
  'provider test': object({ name: text, models: list(text), ms: number }),
  'models list': object({ chosen: text, models: list(object({ id: text, info: part('modelInfo') })) }),
  'models pull': object({ id: text, dryRun: flag }),
  'tape show': object({
    model: text,
    info: part('modelInfo'),
    calls: list(
      object({
        print: text,
        messages: whole,
        end: either(oneOf('done', 'left'), part('error')),
        ms: number,
        text,
        tools: list(text),
        'usage?': part('usage'),
      }),
    ),
  }),
  'tape verify': object({
    path: text,
    calls: whole,
    same: flag,
    changed: list(object({ call: whole, differences: list(json) })),
    unused: whole,
    extra: whole,
  }),
  'policy guard': either(
    object(judgement),
    object({
      verdict: part('verdict'),
      files: list(object({ path: text, op: text, ...judgement })),
      secrets: list(object({ path: text, line: whole, kind: text })),
    }),
    object({ allow: whole, ask: whole, deny: whole, failed: whole }),
  ),
  'policy explain': object({
    verdict: part('verdict'),
    rule: text,
    reason: text,
    effects: list(object({ effect: part('effect'), 'classes?': list(text), decisions: list(decision) })),
  }),
  'policy redact': object({ text }),
  'plugin list': object({ plugins: list(object({ name: text, version: text })) }),
  'plugin show': object({ ...plugin, trusted: flag }),
  'plugin trust': object({ ...plugin, dryRun: flag }),
  'plugin forget': object({ name: text, forgotten: flag, dryRun: flag }),
  'prompt dump': object({
    model: text,
    instructions: text,
    parts: list(promptPart),
    tokens: whole,
    leftOut: list(object({ file: text, why: text })),
    tools: list(object({ name: text, description: text, inputSchema: json })),
  }),
  'prompt list': object({ prompts: list(prompt) }),
  'prompt show': object({ name: text, values: record(text), text }),
};
