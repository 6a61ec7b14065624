import { remoteRun } from '../../wire/index.ts';

/** Follows a run in the browser, answers what it asks and gives all that was seen of it. */
async function follow(url: string, stopAt?: string) {
  const run = await remoteRun(url, { reconnectMs: 10 });
  run.on('approval.requested', ({ callId }) => run.approve(callId, { by: 'ann' }));
  const events = [];
  for await (const event of run) {
    events.push(event);
    if (stopAt !== undefined && event.type === stopAt) void run.stop('seen enough');
  }
  return { events, result: await run.result };
}

Object.assign(globalThis, { follow });
