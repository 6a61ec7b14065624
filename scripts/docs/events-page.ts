import type { Declarations, DocumentedField, DocumentedInterface } from './declarations.ts';

const opening = `# Events

<!-- Made from packages/sdk/src/contract/event.ts; \`npx vitest run scripts/docs -u\` writes it anew. -->

The one output of a run is a stream of JSON events. Each carries:

`;

/** Writes the reference of all events from their declarations; \`parts\` holds the interfaces they extend. */
export function eventsPage({ interfaces, unions }: Declarations, parts: Declarations): string {
  const all = new Map([...parts.interfaces, ...interfaces]);
  const section = (union: string): string =>
    (unions.get(union) ?? []).map((name) => eventSection(all.get(name)!, all)).join('\n');
  return [
    opening + fieldTable(all.get('EventHeader')!.fields),
    '## Durable events\n\nThey are in the store before the loop takes its next step; a session is the fold over them.\n',
    section('DurableBody'),
    '## Ephemeral events\n\nOnly live readers see them. A reader that lags gets deltas merged.\n',
    section('EphemeralBody'),
  ].join('\n');
}

function eventSection(event: DocumentedInterface, all: ReadonlyMap<string, DocumentedInterface>): string {
  const inherited = event.bases.flatMap((base) => all.get(base)?.fields ?? []);
  const fields = [...event.fields, ...inherited];
  const type = fields.find(({ name }) => name === 'type')!.type.replaceAll("'", '');
  const own = fields.filter(({ name }) => name !== 'type');
  return `### \`${type}\`\n\n${event.doc ? `${event.doc}\n\n` : ''}${own.length > 0 ? fieldTable(own) : ''}`;
}

function fieldTable(fields: readonly DocumentedField[]): string {
  const rows = fields.map(({ name, optional, type, doc }) => {
    const shown = type.replaceAll('readonly ', '').replaceAll('|', '\\|');
    return `| \`${name}${optional ? '?' : ''}\` | \`${shown}\` | ${doc.replaceAll('|', '\\|')} |`;
  });
  return `| field | type | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}
