import type { PastChange, PlaceTest } from '@capstan/code';
import { jsonIn } from './model-findings.ts';

export interface PlanStep {
  readonly text: string;
  readonly detail?: string;
  readonly files?: readonly string[];
  /** As it stands in a plan that was worked on. Default `open`. */
  readonly status?: 'open' | 'done';
}

export interface PlannedFile {
  readonly path: string;
  readonly change: 'create' | 'modify' | 'delete' | 'read';
  readonly why: string;
}

/** What is wanted of a plan, whoever makes it. */
export interface PlanWork {
  readonly title: string;
  readonly summary: string;
  readonly steps: readonly PlanStep[];
  readonly files: readonly PlannedFile[];
  readonly risks: readonly string[];
  /** What must hold in the end. */
  readonly acceptance: readonly string[];
  /** What somebody should answer first. */
  readonly questions: readonly string[];
}

/** A plan with what it was made from. */
export interface Plan extends PlanWork {
  readonly v: 1;
  readonly id: string;
  readonly task: string;
  readonly tests: readonly Pick<PlaceTest, 'path' | 'why'>[];
  readonly commands: readonly { readonly purpose: string; readonly command: string; readonly cwd: string }[];
  /** Commits that touched the likeliest files last. */
  readonly commits: readonly PastChange[];
  /** Null: made from the index alone. */
  readonly model: string | null;
  /** Hash of the commit it was made on; null where there is none. */
  readonly commit: string | null;
  readonly madeAt: string;
}

const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;

/** The shape that a model is asked for. */
export const planShape = {
  type: 'object',
  properties: {
    title: { ...text, description: 'At most ten words.' },
    summary: { ...text, description: 'The way chosen, and why, in a few sentences.' },
    steps: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        properties: {
          text: { ...text, description: 'What to do, as an order of at most twenty words.' },
          detail: { ...text, description: 'How, with names of functions and files.' },
          files: texts,
        },
        required: ['text', 'detail', 'files'],
        additionalProperties: false,
      },
    },
    files: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: text, change: { enum: ['create', 'modify', 'delete', 'read'] }, why: text },
        required: ['path', 'change', 'why'],
        additionalProperties: false,
      },
    },
    risks: { ...texts, description: 'What may break, and how that would be noticed.' },
    acceptance: { ...texts, description: 'What must hold in the end, each so that it can be checked.' },
    questions: { ...texts, description: 'What only a person can answer; mostly none.' },
  },
  required: ['title', 'summary', 'steps', 'files', 'risks', 'acceptance', 'questions'],
  additionalProperties: false,
} as const;

/** Reads a plan from a checked answer, or out of an answer in words; undefined where there is none in it. */
export function readPlanWork(output: unknown, answer: string): PlanWork | undefined {
  const value = typeof output === 'object' && output !== null ? output : jsonIn(answer);
  if (typeof value !== 'object' || value === null) return undefined;
  const { title, summary, steps, files, risks, acceptance, questions } = value as Record<string, unknown>;
  const read = list(steps).flatMap(stepOf);
  if (read.length === 0) return undefined;
  return {
    title: words(title) || (read[0]?.text ?? ''),
    summary: words(summary),
    steps: read,
    files: list(files).flatMap(fileOf),
    risks: list(risks).map(words).filter(Boolean),
    acceptance: list(acceptance).map(words).filter(Boolean),
    questions: list(questions).map(words).filter(Boolean),
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function words(value: unknown): string {
  return typeof value === 'string' ? value.replace(/\s+/g, ' ').trim() : '';
}

function stepOf(value: unknown): PlanStep[] {
  if (typeof value === 'string') return words(value) === '' ? [] : [{ text: words(value) }];
  const { text: told, detail, files, status } = (value ?? {}) as Record<string, unknown>;
  if (words(told) === '') return [];
  const named = list(files).map(words).filter(Boolean);
  return [
    {
      text: words(told),
      ...(words(detail) === '' ? {} : { detail: words(detail) }),
      ...(named.length === 0 ? {} : { files: named }),
      ...(status === 'done' ? { status } : {}),
    },
  ];
}

const changes = ['create', 'modify', 'delete', 'read'] as const;

function fileOf(value: unknown): PlannedFile[] {
  const { path, change, why } = (value ?? {}) as Record<string, unknown>;
  const name = words(path).replace(/^\.\//, '');
  if (name === '') return [];
  return [{ path: name, change: changes.find((one) => one === change) ?? 'modify', why: words(why) }];
}
