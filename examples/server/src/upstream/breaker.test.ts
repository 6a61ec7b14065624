import { CapstanError } from '@capstan/sdk/contract';
import { expect, test } from 'vitest';
import { createBreaker } from './breaker.ts';

const down = new CapstanError('model_failed', 'It is down.', { retryable: true });
const fail = (): Promise<never> => Promise.reject(down);

test('refusals of a request, a key or a rate do not speak against an upstream', async () => {
  const breaker = createBreaker({ name: 'u', failures: 1, openMs: 60_000, changed: () => {} });
  for (const code of ['auth_refused', 'rate_limited', 'invalid_config', 'aborted'] as const)
    await expect(breaker.run(() => Promise.reject(new CapstanError(code, 'No.')))).rejects.toMatchObject({ code });
  expect(breaker.state).toBe('closed');
});

test('while one call tries whether it is back, no other waits for what comes of it', async () => {
  const states: string[] = [];
  const breaker = createBreaker({ name: 'u', failures: 2, openMs: 10, changed: (state) => void states.push(state) });
  await expect(breaker.run(fail)).rejects.toBe(down);
  await expect(breaker.run(fail)).rejects.toBe(down);
  await expect(breaker.run(fail)).rejects.toMatchObject({ details: { where: 'breaker', status: 503 } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  let answer: (text: string) => void = () => {};
  const trying = breaker.run(() => new Promise<string>((resolve) => (answer = resolve)));
  await expect(breaker.run(() => Promise.resolve('early'))).rejects.toMatchObject({ details: { where: 'breaker' } });
  answer('back');
  expect(await trying).toBe('back');
  expect(await breaker.run(() => Promise.resolve('all'))).toBe('all');
  expect(states).toEqual(['open', 'half-open', 'closed']);
});
