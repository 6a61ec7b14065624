import type { Run } from '@capstan/sdk/contract';
import { openTelemetry, traceRun } from '@capstan/sdk/telemetry';
import type { Environment } from '../config/environment-settings.ts';
import type { Observer } from '../http/observer.ts';
import { openErrorTracker } from '../operate/error-tracker.ts';
import { createOtlp, otlpFromEnvironment } from '../operate/otlp.ts';
import { version } from './version.ts';

export interface OpenReportsOptions {
  readonly env: Environment;
  readonly notice: (message: string) => void;
  readonly secrets: () => readonly string[];
  /** There are workspaces, so runs are traced too; that takes OpenTelemetry's own packages. */
  readonly hasRuns: boolean;
}

/** What is reported to other services: spans where `OTEL_EXPORTER_OTLP_ENDPOINT` is set, bugs where `SENTRY_DSN` is. */
export async function openReports({ env, notice, secrets, hasRuns }: OpenReportsOptions): Promise<{
  readonly observers: readonly Observer[];
  /** Reports a run; absent where runs are not traced. */
  readonly trace?: (run: Run) => void;
  /** Delivers the last. */
  close(): Promise<void>;
}> {
  const reach = otlpFromEnvironment(env);
  const otlp = reach && createOtlp({ ...reach, version: version(), clock: Date.now, notice });
  const target = reach && hasRuns ? { url: reach.endpoint, headers: reach.headers ?? {} } : undefined;
  const telemetry =
    target &&
    (await openTelemetry({ otlp: target, service: 'capstan-server' }).catch((error: unknown) => {
      notice(`runs are not traced: ${error instanceof Error ? error.message : 'unknown'}`);
      return undefined;
    }));
  const { SENTRY_DSN: dsn } = env;
  const tracker = dsn ? await openErrorTracker({ dsn, release: version(), secrets }) : undefined;
  return {
    observers: [otlp, tracker].flatMap((each) => (each ? [each.observer] : [])),
    ...(telemetry ? { trace: (run: Run) => void traceRun(run, telemetry).catch(() => {}) } : {}),
    async close() {
      await telemetry?.close();
      await otlp?.close();
      await tracker?.flush();
    },
  };
}
