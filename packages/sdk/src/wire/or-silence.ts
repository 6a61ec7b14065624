/** Waits for something, but not longer than so many milliseconds: then it is `silence`, and the wait can be taken up again. */
export async function orSilence<T>(work: Promise<T>, ms: number): Promise<T | 'silence'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<'silence'>((resolve) => (timer = setTimeout(resolve, ms, 'silence')));
  return Promise.race([work, silence]).finally(() => clearTimeout(timer));
}
