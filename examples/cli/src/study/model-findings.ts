import type { Severity } from '@capstan/code';

/** What a model is asked to answer with. */
export const findingsShape =
  '{"summary": "one sentence", "findings": [{"path": "src/a.ts", "line": 12, "severity": "high | medium | low | info", "title": "what is wrong", "detail": "with which input, what follows", "fix": "how to mend it"}]}';

/** A finding of a model. */
export interface ModelFinding {
  readonly path: string;
  readonly line: number;
  readonly severity: Severity;
  readonly title: string;
  readonly detail?: string;
  readonly fix?: string;
  /** Whether the change has such a line; false where the model made the place up. */
  readonly placed: boolean;
}

export interface ModelReview {
  readonly summary: string;
  readonly findings: readonly ModelFinding[];
}

/**
 * Reads the review out of a model's answer, with or without words and fences around it.
 *
 * @param lines Files of the change with their number of lines.
 * @returns Undefined where there is no such JSON in it: the words are the review then.
 */
export function readModelReview(answer: string, lines: ReadonlyMap<string, number>): ModelReview | undefined {
  const value = jsonIn(answer);
  if (typeof value !== 'object' || value === null) return undefined;
  const { summary, findings } = value as { summary?: unknown; findings?: unknown };
  if (!Array.isArray(findings)) return undefined;
  return {
    summary: typeof summary === 'string' ? summary : '',
    findings: findings.flatMap((one) => findingOf(one, lines) ?? []),
  };
}

/** Finds the object in a text: the whole of it, a fenced block, or from the first brace to the last. */
export function jsonIn(answer: string): unknown {
  const fenced = [...answer.matchAll(/```(?:json)?\s*\n([\s\S]*?)```/g)].map(([, inside = '']) => inside);
  const braces = answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1);
  for (const text of [answer, ...fenced.toReversed(), braces]) {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // The next one may be it.
    }
  }
  return undefined;
}

const severities: Readonly<Record<string, Severity>> = {
  critical: 'high',
  high: 'high',
  major: 'high',
  error: 'high',
  medium: 'medium',
  moderate: 'medium',
  warning: 'medium',
  low: 'low',
  minor: 'low',
  info: 'info',
  nit: 'info',
  note: 'info',
};

function findingOf(value: unknown, lines: ReadonlyMap<string, number>): ModelFinding | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { path, file, line, severity, title, detail, fix } = value as Record<string, unknown>;
  const where = typeof path === 'string' ? path : typeof file === 'string' ? file : '';
  if (typeof title !== 'string' || title.trim() === '') return undefined;
  const [, name = where, inName] = /^(.*?):(\d+)(?:-\d+)?$/.exec(where) ?? [];
  const clean = name.replace(/^(?:\.\/|[ab]\/(?=.*))/, (sign) => (lines.has(name) ? sign : ''));
  const at = Number(line ?? inName ?? 0);
  return {
    path: clean,
    line: Number.isInteger(at) && at > 0 ? at : 1,
    severity: severities[String(severity).toLowerCase()] ?? 'medium',
    title,
    ...(typeof detail === 'string' ? { detail } : {}),
    ...(typeof fix === 'string' ? { fix } : {}),
    placed: at >= 1 && at <= (lines.get(clean) ?? 0),
  };
}
