import { matchesKey } from '@earendil-works/pi-tui';

/** What a key does: `pass` leaves it to whatever has the focus. */
export type KeyAction = () => 'used' | 'pass' | void;

/** Escape twice, so close that a terminal sends them as one. */
export const twoEscapes = 'escape escape';

/**
 * Makes the listener that sees every key before the input does.
 *
 * @param keys By the names of the terminal library, for example `ctrl+o`; one that gives nothing has used the key.
 */
export function keyListener(
  keys: Readonly<Record<string, KeyAction>>,
): (data: string) => { readonly consume: boolean } | undefined {
  const all = Object.entries(keys);
  return (data) => {
    const found = all.find(([key]) => (key === twoEscapes ? data === '\u001B\u001B' : matchesKey(data, key as 'up')));
    if (!found || found[1]() === 'pass') return undefined;
    return { consume: true };
  };
}
