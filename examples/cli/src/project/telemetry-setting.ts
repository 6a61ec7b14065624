import { isAbsolute, resolve } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';

/** Where runs are reported to. Without it nothing is. */
export interface TelemetrySetting {
  /** Address of a collector that speaks OTLP over HTTP, without `/v1/…`. */
  readonly otlp?: string;
  /** A file that grows by lines of OTLP as JSON; absolute. */
  readonly file?: string;
  /** Reports what was said and done too, not only how long it took and what it cost. Default false. */
  readonly content?: boolean;
}

/**
 * Makes the setting from what a person typed.
 *
 * @throws {CapstanError} `invalid_config` when no target is named, or an address is none.
 */
export function telemetryFrom(
  { otlp, file, content }: TelemetrySetting,
  { cwd }: { readonly cwd: string },
): TelemetrySetting {
  if (otlp === undefined && file === undefined) {
    throw new CapstanError('invalid_config', 'Say where to: --otlp URL of a collector, --file PATH, or both.', {
      where: '--otlp',
    });
  }
  return {
    ...(otlp === undefined ? {} : { otlp: collector(otlp, '--otlp') }),
    ...(file === undefined ? {} : { file: resolve(cwd, named(file)) }),
    ...(content === true ? { content } : {}),
  };
}

function named(file: string): string {
  if (file.trim() !== '') return file;
  throw new CapstanError('invalid_config', '--file names no file. Give it a path.', { where: '--file' });
}

/** Reads the setting from a configuration file. @throws {CapstanError} `invalid_config` naming the file. */
export function parseTelemetry(value: unknown, where: string): TelemetrySetting | undefined {
  if (value === undefined) return undefined;
  const wrong = (what: string) => new CapstanError('invalid_config', `${where} has telemetry ${what}.`, { where });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('that is no object');
  const { otlp, file, content, ...others } = value as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw wrong(`with "${unknown}", which does not exist; there are otlp, file, content`);
  if (otlp !== undefined && typeof otlp !== 'string') throw wrong('whose otlp is no address');
  if (file !== undefined && (typeof file !== 'string' || !isAbsolute(file)))
    throw wrong('whose file is no absolute path');
  if (content !== undefined && typeof content !== 'boolean') throw wrong('whose content is neither true nor false');
  if (otlp === undefined && file === undefined) throw wrong('without otlp and file');
  return {
    ...(otlp === undefined ? {} : { otlp: collector(otlp, where) }),
    ...(file === undefined ? {} : { file }),
    ...(content === undefined ? {} : { content }),
  };
}

/** Keys do not belong into the address: it is written down and shown. */
function collector(text: string, where: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CapstanError(
      'invalid_config',
      `"${text}" is no address of a collector. Give one as http://localhost:4318.`,
      { where },
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new CapstanError(
      'invalid_config',
      'The address of the collector holds a key. Put it into OTEL_EXPORTER_OTLP_HEADERS, as authorization=Bearer%20KEY.',
      { where },
    );
  }
  return text.replace(/\/(?:v1\/(?:traces|metrics)\/?)?$/, '');
}
