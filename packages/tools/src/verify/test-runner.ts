import type { ProcessResult } from '../shell/run-process.ts';
import type { Project } from './project.ts';
import type { TestCase, TestError, TestRunnerName } from './test-report.ts';

/** Which tests to run. */
export interface TestRequest {
  readonly project: Project;
  /** Relative to the folder of the project; none means all. */
  readonly files: readonly string[];
  /** Only tests whose name contains this. */
  readonly name?: string;
  /** Folder for the reporter and its report; absolute. */
  readonly reports: string;
}

/** How to run them. */
export interface TestPlan {
  readonly program: string;
  readonly words: readonly string[];
  /** The words without those that concern only the report: what is judged and shown. */
  readonly shown: readonly string[];
  /** Text of the reporter, written to `reporterFile` of the folder for reports. */
  readonly reporter?: { readonly name: string; readonly text: string };
  readonly env?: Readonly<Record<string, string>>;
  /** Reads results from what the runner printed, where there is no report of one JSON object a line. */
  readonly parse?: (result: ProcessResult) => { tests: TestCase[]; errors: TestError[] };
}

/** One test runner. */
export interface TestRunner {
  readonly name: TestRunnerName;
  /** Says whether a project uses it. */
  readonly detect: (project: Project) => boolean;
  /** Names of files it can run. */
  readonly files: RegExp;
  readonly plan: (request: TestRequest) => TestPlan;
}

/** Name of the report in the folder for reports. */
export const reportName = 'report.jsonl';

/** Makes a regular expression that matches a text literally. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
