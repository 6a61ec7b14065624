export { practice } from './practice.ts';
