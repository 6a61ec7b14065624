import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Meter, Tracer } from '@opentelemetry/api';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { CapstanError } from '../contract/errors.ts';
import { version } from '../version.ts';

const defaultEveryMs = 5000;

/** Where telemetry goes: to a collector, to a file, or to both. */
export interface TelemetryTarget {
  /**
   * A collector that speaks OTLP over HTTP: its address without `/v1/…`, for example `http://localhost:4318`, and headers
   * such as `authorization`. Needs the packages `@opentelemetry/exporter-trace-otlp-http` and
   * `@opentelemetry/exporter-metrics-otlp-http`.
   */
  readonly otlp?: { readonly url: string; readonly headers?: { readonly [name: string]: string } };
  /**
   * A file that grows by one line for each batch: OTLP as JSON, as collectors read it back. Needs the package
   * `@opentelemetry/otlp-transformer`.
   */
  readonly file?: string;
  /** `service.name` of everything sent. Default `capstan`. */
  readonly service?: string;
  /** Milliseconds between batches, and how long one may take to send. Default 5,000. */
  readonly everyMs?: number;
}

/** What `traceRun` takes, tied to a target. */
export interface Telemetry {
  readonly tracer: Tracer;
  readonly meter: Meter;
  /** Sends what is left and frees what was opened; a collector that does not answer is given up after `everyMs`. */
  close(): Promise<void>;
}

/**
 * Opens telemetry to a collector or a file without registering anything globally. Give `tracer` and `meter` to `traceRun`.
 *
 * @throws {CapstanError} `invalid_config` when no target is named or a package is missing.
 */
export async function openTelemetry(target: TelemetryTarget): Promise<Telemetry> {
  const { service = 'capstan', everyMs = defaultEveryMs } = target;
  const exporters = [...(await otlpExporters(target)), ...(await fileExporters(target))];
  if (exporters.length === 0) {
    throw new CapstanError('invalid_config', 'openTelemetry needs a target: otlp, file, or both.');
  }
  const [traces, metrics, { resourceFromAttributes }] = await Promise.all([
    needed('@opentelemetry/sdk-trace-base', import('@opentelemetry/sdk-trace-base')),
    needed('@opentelemetry/sdk-metrics', import('@opentelemetry/sdk-metrics')),
    needed('@opentelemetry/resources', import('@opentelemetry/resources')),
  ]);
  const resource = resourceFromAttributes({ 'service.name': service });
  const spans = exporters.map((each) => new traces.BatchSpanProcessor(each.spans, { scheduledDelayMillis: everyMs }));
  const readers = exporters.map(
    (each) =>
      new metrics.PeriodicExportingMetricReader({
        exporter: each.metrics,
        exportIntervalMillis: everyMs,
        exportTimeoutMillis: everyMs,
      }),
  );
  const tracing = new traces.BasicTracerProvider({ resource, spanProcessors: spans });
  const metering = new metrics.MeterProvider({ resource, readers });
  return {
    tracer: tracing.getTracer('capstan', version),
    meter: metering.getMeter('capstan', version),
    async close() {
      await Promise.allSettled([tracing.shutdown(), metering.shutdown()]);
    },
  };
}

interface Exporters {
  readonly spans: SpanExporter;
  readonly metrics: PushMetricExporter;
}

async function otlpExporters({ otlp, everyMs = defaultEveryMs }: TelemetryTarget): Promise<Exporters[]> {
  if (!otlp) return [];
  const [{ OTLPTraceExporter }, { OTLPMetricExporter }] = await Promise.all([
    needed('@opentelemetry/exporter-trace-otlp-http', import('@opentelemetry/exporter-trace-otlp-http')),
    needed('@opentelemetry/exporter-metrics-otlp-http', import('@opentelemetry/exporter-metrics-otlp-http')),
  ]);
  const { url, headers = {} } = otlp;
  const at = (signal: string) => ({
    url: `${url.replace(/\/$/, '')}/v1/${signal}`,
    headers,
    timeoutMillis: everyMs,
  });
  return [{ spans: new OTLPTraceExporter(at('traces')), metrics: new OTLPMetricExporter(at('metrics')) }];
}

async function fileExporters({ file }: TelemetryTarget): Promise<Exporters[]> {
  if (file === undefined) return [];
  const { JsonTraceSerializer, JsonMetricsSerializer } = await needed(
    '@opentelemetry/otlp-transformer',
    import('@opentelemetry/otlp-transformer'),
  );
  await mkdir(dirname(file), { recursive: true });
  const write = lineWriter(file);
  return [
    {
      spans: {
        export: (spans, done) => write(JsonTraceSerializer.serializeRequest(spans), done),
        shutdown: async () => {},
      },
      metrics: {
        export: (metrics, done) => write(JsonMetricsSerializer.serializeRequest(metrics), done),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    },
  ];
}

/** Appends lines one after the other. A disk that is full costs telemetry, never the run. */
function lineWriter(file: string) {
  let last = Promise.resolve();
  return (line: Uint8Array | undefined, done: (result: { code: 0 | 1; error?: Error }) => void): void => {
    last = last
      .then(() => appendFile(file, `${Buffer.from(line ?? []).toString('utf8')}\n`, { mode: 0o600 }))
      .then(
        () => done({ code: 0 }),
        (error: Error) => done({ code: 1, error }),
      );
  };
}

async function needed<T>(name: string, loading: Promise<T>): Promise<T> {
  return loading.catch((cause: unknown) => {
    throw new CapstanError(
      'invalid_config',
      `Telemetry needs the package ${name}. Install it: npm install ${name}`,
      {},
      { cause },
    );
  });
}
