import { z } from 'zod';

const secret = z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of a variable') });

const workspace = z.strictObject({
  /** An existing folder. */
  root: z.string().min(1),
  /** Whose devices may work and approve there; with none of both, nobody. */
  organisations: z.array(z.string()).default([]),
  devices: z.array(z.string()).default([]),
  mode: z.enum(['read-only', 'suggest', 'auto-edit', 'full-auto']).default('suggest'),
  /** With 2, whatever writes, runs or reaches out is approved by two devices. */
  approvals: z.union([z.literal(1), z.literal(2)]).default(1),
  /** Whether agents may run commands: never, or confined to the folder. */
  commands: z.enum(['none', 'sandboxed']).default('sandboxed'),
  /** Limits of each run. */
  budget: z
    .strictObject({
      costUsd: z.number().positive().optional(),
      tokens: z.number().int().positive().optional(),
      seconds: z.number().positive().optional(),
      turns: z.number().int().positive().optional(),
      toolCalls: z.number().int().positive().optional(),
    })
    .prefault({ turns: 100, seconds: 3600 }),
});

/** The settings of runs, logs, metrics and the administrator; groups of the whole configuration. */
export const operateGroups = {
  admin: z
    .strictObject({
      /** Opens `/admin`. Default: `CAPSTAN_RELAY_ADMIN_KEY`; without it there is no administrator. */
      key: secret.optional(),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      /** Asked for at `/metrics`. Default: none. */
      token: secret.optional(),
    })
    .prefault({}),
  runs: z
    .strictObject({
      /** Folders in which agents may work, by the name that clients give. Default: none, so there are no runs. */
      workspaces: z
        .record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'is no name of a workspace'), workspace)
        .default({}),
      /** What calls of runs ask for, as a client would name it. Default: the fallback. */
      model: z.string().min(1).max(200).optional(),
      /** Runs at a time, of one device and of all. */
      perDevice: z.number().int().min(1).max(1000).default(4),
      atOnce: z.number().int().min(1).max(10_000).default(32),
    })
    .prefault({}),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') }).prefault({}),
} as const;

const operateSchema = z.strictObject(operateGroups);

export type OperateSettings = z.output<typeof operateSchema>;
