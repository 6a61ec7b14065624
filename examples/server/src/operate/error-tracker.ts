import { maskSecrets } from '@capstan/providers/keys';
import { CapstanError } from '@capstan/sdk/contract';
import type { Observer } from '../http/observer.ts';

/** The part of `@sentry/node` that is used. */
export interface TrackerSdk {
  init(options: object): unknown;
  captureException(error: unknown, hint: { readonly tags: Readonly<Record<string, string>> }): unknown;
  flush(timeoutMs: number): PromiseLike<unknown>;
}

export interface ErrorTrackerOptions {
  /** Where faults are reported. */
  readonly dsn: string;
  readonly release: string;
  /** Keys that the relay holds; they are masked wherever they stand. */
  readonly secrets: () => readonly string[];
  /** Loads the SDK. Default: `@sentry/node`, which the operator installs. */
  readonly load?: () => Promise<TrackerSdk>;
}

/** Reports bugs of the relay, and nothing else: no refusals, no failures of upstreams. */
export interface ErrorTracker {
  readonly observer: Observer;
  flush(): Promise<void>;
}

/** What a report may hold. Requests, users, local variables, breadcrumbs and the machine's name are left out. */
const kept = ['event_id', 'timestamp', 'platform', 'level', 'release', 'environment', 'exception', 'tags', 'sdk'];

/**
 * Opens the error tracker.
 *
 * @throws {CapstanError} `invalid_config` when the SDK is not installed.
 */
export async function openErrorTracker(options: ErrorTrackerOptions): Promise<ErrorTracker> {
  const { dsn, release, secrets, load = loadSentry } = options;
  const sdk = await load().catch((cause: unknown) => {
    const text =
      'SENTRY_DSN is set, but @sentry/node is not installed. Install it beside the relay: npm install @sentry/node';
    throw new CapstanError('invalid_config', text, { where: 'SENTRY_DSN' }, { cause });
  });
  sdk.init({
    dsn,
    release: `capstan-server@${release}`,
    // Only what is handed over is reported; nothing is collected besides.
    defaultIntegrations: false,
    sendDefaultPii: false,
    maxBreadcrumbs: 0,
    beforeSend: (event: Readonly<Record<string, unknown>>) => stripped(event, secrets()),
  });
  return {
    observer: { fault: (error, requestId) => void sdk.captureException(error, { tags: { requestId } }) },
    async flush() {
      await sdk.flush(2000);
    },
  };
}

/** Leaves of a report what helps to find the bug, with every key masked. */
export function stripped(
  event: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
): Record<string, unknown> {
  const entries = kept.flatMap((name) => (name in event ? [[name, event[name]] as const] : []));
  return masked(Object.fromEntries(entries), secrets) as Record<string, unknown>;
}

function masked(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return maskSecrets(value, secrets);
  if (Array.isArray(value)) return value.map((each) => masked(each, secrets));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => name !== 'vars');
  return Object.fromEntries(entries.map(([name, each]) => [name, masked(each, secrets)]));
}

async function loadSentry(): Promise<TrackerSdk> {
  // Named so that neither compiler nor bundler looks for what may not be there.
  const name = '@sentry/node';
  return (await import(name)) as TrackerSdk;
}
