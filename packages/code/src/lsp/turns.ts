/** Runs actions one after the other, in the order they came, whatever becomes of each. */
export type Turns = <T>(action: () => Promise<T>) => Promise<T>;

/** Makes a queue of its own. */
export function oneAtATime(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const turn = last.then(action);
    last = turn.catch(() => {});
    return turn;
  };
}
