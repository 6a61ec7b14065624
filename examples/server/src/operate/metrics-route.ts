import { CapstanError } from '@capstan/sdk/contract';
import { isSame } from '../devices/token.ts';
import type { Route } from '../http/route.ts';
import { sendText } from '../http/send.ts';
import type { Metrics } from './metrics.ts';

/** `GET /metrics`. @param token Asked for as a bearer token when given. */
export function metricsRoute(metrics: Metrics, token?: string): Route {
  return {
    method: 'GET',
    path: '/metrics',
    async handle(context) {
      if (token !== undefined && !isSame(context.token ?? '', token)) {
        throw new CapstanError('auth_refused', 'The metrics need their own token, as "Authorization: Bearer …".');
      }
      sendText(context.response, 200, await metrics.text(), { 'content-type': metrics.contentType });
    },
  };
}
