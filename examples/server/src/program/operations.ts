import { checkAdminKey } from '../admin/admin-key.ts';
import { adminRoutes } from '../admin/admin-routes.ts';
import { adminPageRoutes } from '../admin/page-routes.ts';
import { deviceRoutes } from '../account/device-routes.ts';
import type { Environment } from '../config/environment-settings.ts';
import type { Settings } from '../config/schema.ts';
import type { RelayParts } from '../gate/open-parts.ts';
import { secretOf } from '../gate/secret-of.ts';
import type { Route } from '../http/route.ts';
import { metricsRoute } from '../operate/metrics-route.ts';
import type { Metrics } from '../operate/metrics.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { version } from './version.ts';

export interface OperationsOptions {
  readonly settings: Settings;
  readonly env: Environment;
  readonly parts: RelayParts;
  readonly upstreams: Upstreams;
  readonly metrics: Metrics;
}

/** The routes of devices, metrics and, where there is a key for it, the administrator. */
export function operationRoutes({ settings, env, parts, upstreams, metrics }: OperationsOptions): readonly Route[] {
  const { admin, metrics: scrape } = settings;
  const key = admin.key ? secretOf(admin.key, env) : env['CAPSTAN_RELAY_ADMIN_KEY'];
  const token = scrape.token ? secretOf(scrape.token, env) : env['CAPSTAN_RELAY_METRICS_TOKEN'] || undefined;
  const asked = { parts, clock: Date.now, startedAt: Date.now(), version: version() };
  const health = () => upstreams.list().map(healthOf);
  const administrator = key
    ? [...adminRoutes({ ...asked, key: checkAdminKey(key), upstreams: health }), ...adminPageRoutes()]
    : [];
  return [...deviceRoutes(parts), metricsRoute(metrics, token), ...administrator];
}

function healthOf({ name, breaker, slots, keys }: ReturnType<Upstreams['list']>[number]) {
  return { name, state: breaker.state, active: slots.used, waiting: slots.waiting, keys: keys.states() };
}
