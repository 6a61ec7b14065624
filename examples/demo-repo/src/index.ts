export { parseLine, parseLog } from './entry.ts';
export type { Entry } from './entry.ts';
export { topPages } from './pages.ts';
export type { PageCount } from './pages.ts';
export { median, visitsOf } from './visits.ts';
export type { Visit } from './visits.ts';
