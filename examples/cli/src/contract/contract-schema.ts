import { codePayloads } from './code-payloads.ts';
import { events } from './events.ts';
import { keptPayloads } from './kept-payloads.ts';
import { partPayloads } from './part-payloads.ts';
import { parts } from './parts.ts';
import { refactorPayloads } from './refactor-payloads.ts';
import { settingPayloads } from './setting-payloads.ts';
import { number, object, oneOf, part, text, whole, type Shape } from './shape.ts';
import { studyPayloads } from './study-payloads.ts';
import { workPayloads } from './work-payloads.ts';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

const payloads: Readonly<Record<string, Shape>> = {
  ...workPayloads,
  ...codePayloads,
  ...studyPayloads,
  ...keptPayloads,
  ...partPayloads,
  ...refactorPayloads,
  ...settingPayloads,
};

/** Every command that prints an envelope, with its sub-command: `patch list`. */
export const contractCommands: readonly string[] = Object.keys(payloads);

/** The payload of a command that failed before it could give anything. */
const failure = object({ error: part('error') });

const defs: Readonly<Record<string, Shape>> = {
  ...parts,
  ...events,
  failure,
  ...Object.fromEntries(contractCommands.map((cmd) => [`payload.${cmd}`, payloads[cmd]])),
  streamLine: {
    description: 'A line of --stream-json: an event, or what ended the command before a run began.',
    anyOf: [part('event'), object({ type: oneOf('error'), error: part('error') })],
  },
};

/**
 * The JSON Schema of every envelope that `--json` prints; lines of `--stream-json` are `#/$defs/streamLine`. Fields may be
 * added to payloads in later versions, so a reader leaves alone what it does not know.
 */
export function contractSchema(): Shape {
  return {
    $schema: dialect,
    title: 'Envelopes of the capstan command line',
    ...envelope({}),
    allOf: [
      {
        if: { properties: { ok: { const: true } } },
        then: { properties: { cmd: { enum: contractCommands } } },
      },
      ...contractCommands.map((cmd) => ({
        if: { properties: { cmd: { const: cmd } } },
        then: { properties: { payload: { anyOf: [part(`payload.${cmd}`), part('failure')] } } },
      })),
    ],
    $defs: defs,
  };
}

/** The JSON Schema of the envelopes of one command; undefined where there is no such command. */
export function commandSchema(cmd: string): Shape | undefined {
  if (!Object.hasOwn(payloads, cmd)) return undefined;
  return {
    $schema: dialect,
    title: `Envelope of capstan ${cmd}`,
    ...envelope({ cmd: { const: cmd } }),
    if: { properties: { ok: { const: true } } },
    then: { properties: { payload: part(`payload.${cmd}`) } },
    else: { properties: { payload: { anyOf: [part(`payload.${cmd}`), part('failure')] } } },
    $defs: defs,
  };
}

/** The JSON Schema of a line that `--stream-json` prints. */
export function streamSchema(): Shape {
  return { $schema: dialect, title: 'Line of --stream-json', ...part('streamLine'), $defs: defs };
}

function envelope(more: Readonly<Record<string, Shape>>): Shape {
  const { properties, ...rest } = object({
    ok: { type: 'boolean', description: 'True when the exit code is 0.' },
    cmd: { ...text, description: 'The command with its sub-command; of a failure, as much of it as was understood.' },
    version: text,
    duration_ms: whole,
    payload: {},
    meta: {
      type: 'object',
      properties: { exit: number, root: text, runId: text, sessionId: text },
      required: ['exit'],
    },
  });
  return { ...rest, properties: { ...(properties as object), ...more } };
}
