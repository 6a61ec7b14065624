import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@capstan/source', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['@capstan/source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'examples/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ['default'],
  },
});
