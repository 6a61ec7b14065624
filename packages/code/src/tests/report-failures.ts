import type { TestReport } from '@capstan/tools';
import { failureKey, type FailureOptions, type TestFailure } from './failure.ts';
import { placeOf } from './frames.ts';
import { parseFailures } from './parse-failures.ts';
import { valuesIn } from './values.ts';

/**
 * Makes failures of a runner's own report. Names, places and values are the report's; the frames come from what it printed,
 * which says where in the repository a failure went through.
 */
export function reportFailures({ runner, tests, errors, output }: TestReport, options: FailureOptions): TestFailure[] {
  const printed = parseFailures(output, options);
  const failures = tests
    .filter(({ status }) => status === 'failed')
    .map(({ suite, test, file, line, message = 'failed', expected, actual }): TestFailure => {
      const place = file === undefined ? undefined : placeOf(file, options);
      // A package of Go is no suite that a person would name.
      const names = runner === 'go' ? suite.slice(1) : suite;
      const name = [...names, test].join(' > ');
      const same = printed.find(
        (one) => (one.name === name || one.name.endsWith(test)) && (place === undefined || one.file === place),
      );
      const frames = same?.frames ?? [];
      const known = {
        ...valuesIn(message),
        ...(expected === undefined ? {} : { expected }),
        ...(actual === undefined ? {} : { received: actual }),
      };
      return {
        source: runner,
        name,
        ...(place === undefined ? {} : { file: place }),
        ...(line === undefined ? {} : { line }),
        message,
        ...known,
        frames: frames.length > 0 || place === undefined || line === undefined ? frames : [{ file: place, line }],
      };
    });
  const broken = errors.map(({ file, line, message }): TestFailure => {
    const place = file === undefined ? undefined : placeOf(file, options);
    const same = printed.find((one) => one.file === place && one.name === place);
    return {
      source: runner,
      name: place ?? runner,
      ...(place === undefined ? {} : { file: place }),
      ...(line === undefined ? {} : { line }),
      message,
      frames: same?.frames ?? [],
    };
  });
  return [...new Map([...failures, ...broken].map((one) => [failureKey(one), one])).values()];
}
