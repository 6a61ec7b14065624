import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const conditions = ['@capstan/source', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    setupFiles: ['scripts/test/seed.ts'],
    include: ['packages/*/src/**/*.test.ts', 'examples/*/src/**/*.test.ts', 'scripts/**/*.test.{ts,mjs}'],
    exclude: ['**/node_modules/**', '**/__fixtures__/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: Math.min(availableParallelism(), 8),
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts', 'examples/{cli,server}/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/__fixtures__/**', '**/index.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportOnFailure: true,
    },
  },
});
