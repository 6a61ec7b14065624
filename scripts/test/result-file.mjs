import { join } from 'node:path';
import { root } from '../build/workspace.mjs';

/** Where a test run keeps its counts for `.ci/run`. */
export const resultFile = join(root, 'node_modules/.cache/capstan-test/result.json');
