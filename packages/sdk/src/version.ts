/** The version of this package, recorded with each run. */
export const version = '0.1.0';
