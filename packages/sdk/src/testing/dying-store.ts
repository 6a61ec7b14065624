import type { DurableEvent } from '../contract/event.ts';
import type { Lease, LeaseHolder } from '../contract/lease.ts';
import type { RunStore } from '../contract/store.ts';

/** A process number beyond what any system gives. */
const nobody = 2 ** 30;

/**
 * A store as seen by a process that dies: from then on appends are never answered, and the leases it took are those of a
 * dead process.
 *
 * @param at The number of events it lives to keep, or which events it dies at.
 */
export function dyingStore(
  store: RunStore,
  at: number | ((events: readonly DurableEvent[]) => boolean),
): { readonly store: RunStore; readonly dead: Promise<void> } {
  const { promise: dead, resolve: die } = Promise.withResolvers<void>();
  const { leases } = store;
  const never = new Promise<never>(() => {});
  let kept = 0;
  let over = false;
  return {
    dead,
    store: {
      ...store,
      append(sessionId, expectedSeq, events, rights) {
        kept += events.length;
        over ||= typeof at === 'number' ? kept > at : at(events);
        if (over) {
          die();
          return never;
        }
        return store.append(sessionId, expectedSeq, events, rights);
      },
      ...(leases && {
        leases: {
          ...leases,
          take: (sessionId: string, holder: LeaseHolder) => leases.take(sessionId, mortal(holder)),
          renew: (lease: Lease) => (over ? never : leases.renew(lease)),
          release: (lease: Lease) => (over ? never : leases.release(lease)),
        },
      }),
    },
  };
}

function mortal(holder: LeaseHolder): LeaseHolder {
  return { ...holder, pid: nobody, process: holder.process.replace(` ${holder.pid} `, ` ${nobody} `) };
}
