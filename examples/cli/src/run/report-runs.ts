import type { Run } from '@capstan/sdk/contract';
import type { TelemetrySetting } from '../project/telemetry-setting.ts';

/** Reports runs as the user wants it. */
export interface RunReporter {
  /** Follows a run from here to its end. */
  readonly follow: (run: Run) => void;
  /** Sends what is left; a collector that does not answer is given up after two seconds. */
  readonly close: () => Promise<void>;
}

const everyMs = 2000;

/** Opens what reports runs; nothing is loaded where the user wants nothing reported. */
export function reportRuns(setting: TelemetrySetting | undefined): RunReporter {
  if (!setting) return { follow: () => {}, close: async () => {} };
  const { otlp, file, content = false } = setting;
  const load = import('@capstan/sdk/telemetry');
  const opening = load.then(({ openTelemetry }) =>
    openTelemetry({
      ...(otlp === undefined ? {} : { otlp: { url: otlp } }),
      ...(file === undefined ? {} : { file }),
      everyMs,
    }),
  );
  // A collector that cannot be opened costs telemetry, never the run.
  opening.catch(() => {});
  const followed = new Set<Promise<void>>();
  const trace = async (run: Run): Promise<void> => {
    const [{ traceRun }, { tracer, meter }] = await Promise.all([load, opening]);
    // What events hold is masked already.
    await traceRun(run, { tracer, meter, ...(content ? { content: (text: string) => text } : {}) });
  };
  return {
    follow: (run) => void followed.add(trace(run).catch(() => {})),
    close: async () => {
      await Promise.all(followed);
      await opening.then(
        (telemetry) => telemetry.close(),
        () => {},
      );
    },
  };
}
