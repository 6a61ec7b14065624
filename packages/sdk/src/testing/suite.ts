/** One claim of a published suite. Give it to any test runner: `for (const { name, run } of suite) test(name, run)`. */
export interface SuiteCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}
