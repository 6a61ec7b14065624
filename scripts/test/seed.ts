import fc from 'fast-check';

/**
 * Gives property tests the same random values at each run, so that a run that passed passes again. Another seed searches
 * elsewhere: `CAPSTAN_SEED=7 npm test -- vitest`.
 */
fc.configureGlobal({ seed: Number(process.env['CAPSTAN_SEED'] ?? 20_261_121) });
