export { traceRun } from './trace-run.ts';
export type { TraceOptions } from './trace-run.ts';
export { openTelemetry } from './open-telemetry.ts';
export type { Telemetry, TelemetryTarget } from './open-telemetry.ts';
