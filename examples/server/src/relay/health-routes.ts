import type { Route } from '../http/route.ts';
import { sendJson } from '../http/send.ts';
import type { Upstreams } from '../upstream/upstreams.ts';

export interface HealthOptions {
  readonly upstreams: Upstreams;
  readonly draining: () => boolean;
  readonly version: string;
  /** What an operator should know of where calls go; absent when the configuration says it. */
  readonly notice: () => string | undefined;
}

/** The routes that say whether the relay lives, and whether it should be sent calls. */
export function healthRoutes({ upstreams, draining, version, notice }: HealthOptions): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      handle: ({ response }) => sendJson(response, 200, { status: 'ok', version }),
    },
    {
      method: 'GET',
      path: '/readyz',
      handle({ response }) {
        const said = notice();
        const open = upstreams.list().filter(({ breaker }) => breaker.state === 'closed');
        const status = draining() ? 'draining' : open.length === 0 ? 'no upstream' : 'ready';
        sendJson(response, status === 'ready' ? 200 : 503, {
          status,
          upstreams: upstreams.list().map(({ name, breaker, slots }) => {
            return { name, circuit: breaker.state, calls: slots.used, waiting: slots.waiting };
          }),
          ...(said === undefined ? {} : { notice: said }),
        });
      },
    },
  ];
}
