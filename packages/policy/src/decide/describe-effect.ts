import type { Effect } from '../effect/effect.ts';

function copiesOf({ copies = [] }: Extract<Effect, { kind: 'write' }>): string {
  const said = copies.map(
    ({ source, licence, lines: [first, last] }) =>
      `lines ${first}–${last} are of ${source} (${licence ?? 'licence unknown'})`,
  );
  return said.length === 0 ? '' : `: ${said.join(', ')}`;
}

/** Says in words what an effect does, as the end of a sentence. */
export function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'read':
      return `reading ${effect.path}`;
    case 'write':
      return `${effect.change === 'delete' ? 'deleting' : 'writing'} ${effect.path}${copiesOf(effect)}`;
    case 'run':
      return `running \`${effect.command}\``;
    case 'network':
      return `reaching ${effect.url}`;
    case 'unknown':
      return `an effect that is not known beforehand (${effect.note})`;
    default:
      return effect satisfies never;
  }
}
