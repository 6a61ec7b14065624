/** What each session last saw of each file, so that a change of a file it has not seen is noticed. */
export interface SeenFiles {
  /** Notes the content hash that a session has now seen. */
  note(sessionId: string, absolute: string, hash: string): void;
  /** The hash the session saw last; `undefined` when it has not seen the file. */
  last(sessionId: string, absolute: string): string | undefined;
}

const maxNotes = 10_000;

/** Makes an empty memory; the oldest notes give way. */
export function seenFiles(): SeenFiles {
  const notes = new Map<string, string>();
  return {
    note(sessionId, absolute, hash) {
      const key = `${sessionId}\0${absolute}`;
      notes.delete(key);
      notes.set(key, hash);
      const [oldest] = notes.keys();
      if (notes.size > maxNotes && oldest !== undefined) notes.delete(oldest);
    },
    last: (sessionId, absolute) => notes.get(`${sessionId}\0${absolute}`),
  };
}
