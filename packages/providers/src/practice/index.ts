export { intentOf } from './intent.ts';
export type { Intent } from './intent.ts';
export { practice } from './practice.ts';
