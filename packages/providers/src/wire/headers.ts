/** Headers to send by name; `null` takes one out that would be sent otherwise. */
export type HeaderOptions = Readonly<Record<string, string | null | undefined>>;

/** Puts headers together, whatever the case of their names; later ones win, and `null` takes one out. */
export function joinHeaders(...layers: readonly (HeaderOptions | undefined)[]): Record<string, string> {
  const joined = new Map<string, string>();
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer ?? {})) {
      if (value === null) joined.delete(name.toLowerCase());
      else if (value !== undefined) joined.set(name.toLowerCase(), value);
    }
  }
  return Object.fromEntries(joined);
}
