const verdict = { enum: ['allow', 'ask', 'deny'] } as const;
const strings = { type: 'array', items: { type: 'string', minLength: 1 } } as const;
const effectOf = (kind: string, properties: Readonly<Record<string, unknown>> = {}): unknown => ({
  type: 'object',
  required: ['effect'],
  additionalProperties: false,
  properties: { effect: { const: kind }, ...properties },
});
const path = {
  paths: { ...strings, description: 'Globs; one that begins with / is absolute, any other is relative to each root.' },
  where: { enum: ['inside', 'outside'] },
  by: { enum: ['tool', 'command'] },
};
const text = { type: 'string', minLength: 1 };

/** The JSON Schema of a policy file; published as `@capstan/policy/policy.schema.json`. */
export const policySchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Capstan policy',
  description: 'What an agent may do. The strictest rule that matches wins.',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    mode: {
      enum: ['read-only', 'suggest', 'auto-edit', 'full-auto'],
      description: 'The ready-made policy that the rules are added to.',
    },
    rules: { type: 'array', items: { $ref: '#/$defs/rule' } },
    hosts: {
      ...strings,
      description: 'Hosts that may be reached without asking, such as example.com, *.example.com or localhost:11434.',
    },
    web: { enum: ['ask', 'allow'], description: 'What guarded requests to public hosts are.' },
    models: {
      ...strings,
      description: 'Models that may be called, by id or as vendor/*; models on this machine always.',
    },
    offline: {
      type: 'boolean',
      description: 'No network but `hosts`, and no model but those on this machine and `models`.',
    },
    licences: {
      ...strings,
      description: 'SPDX ids under which text from outside may be written besides MIT, Apache-2.0, BSD and ISC.',
    },
    otherwise: {
      type: 'object',
      additionalProperties: false,
      description: 'The verdict where no rule matches, by kind of effect.',
      properties: { read: verdict, write: verdict, run: verdict, network: verdict, unknown: verdict },
    },
    programs: {
      type: 'object',
      description: 'Programs besides the well-known ones, and what they do with their words.',
      additionalProperties: { $ref: '#/$defs/program' },
    },
  },
  $defs: {
    rule: {
      type: 'object',
      required: ['id', 'match', 'verdict'],
      additionalProperties: false,
      properties: {
        id: { type: 'string', minLength: 1, description: 'Named in every decision the rule wins.' },
        match: {
          oneOf: [
            effectOf('read', path),
            effectOf('write', { ...path, copied: { enum: ['unlicensed'] } }),
            effectOf('line', { line: text, cwd: text }),
            effectOf('run', {
              commands: {
                ...strings,
                description:
                  'Words as in `git push **`, or a class: @reads, @writes, @deletes, @scripts, @catastrophic.',
              },
            }),
            effectOf('network', {
              hosts: {
                ...strings,
                description: 'Hosts, or @public, @loopback, @internal, @metadata, @unsafe, @unusual.',
              },
              guarded: { type: 'boolean' },
            }),
            effectOf('unknown'),
            effectOf('any'),
          ],
        },
        verdict,
        reason: { type: 'string' },
        standing: { const: true, description: 'With allow: a standing approval, which answers what would be asked.' },
        root: { ...text, description: 'Absolute folder; the rule holds only there.' },
        approvals: { type: 'integer', minimum: 1, description: 'How many different people must approve.' },
      },
    },
    program: {
      type: 'object',
      additionalProperties: false,
      properties: {
        operands: { type: 'string' },
        last: { type: 'string' },
        flags: { type: 'string' },
        values: { type: 'string' },
        when: { type: 'object', additionalProperties: { type: 'string' } },
        bare: { type: 'string' },
        sub: { type: 'object', additionalProperties: { $ref: '#/$defs/program' } },
        scripts: { const: true },
        dash: { const: 'long' },
        asks: { type: 'string' },
        notWith: { type: 'string' },
        unless: { type: 'string' },
        network: { const: true },
        ask: { type: 'string' },
        outside: { const: true },
        deny: { type: 'string' },
      },
    },
  },
} as const;
