import { CapstanError, type Tool } from '@capstan/sdk/contract';
import type { BackgroundJob, BackgroundJobs } from './background-jobs.ts';

const maxWaitMs = 120_000;

/** Makes `shell_output`, which reads a background command. */
export function shellOutputTool(jobs: BackgroundJobs): Tool {
  const tool: Tool<{ id?: string; waitMs?: number }> = {
    name: 'shell_output',
    description:
      'Gives what a background command has written since the last reading, and whether it still runs. Without an id, lists the background commands.',
    input: {
      type: 'object',
      properties: {
        id: { type: 'string', description: 'Id that shell gave, for example job-1.' },
        waitMs: {
          type: 'integer',
          minimum: 0,
          maximum: maxWaitMs,
          description: 'Milliseconds to wait for new output or the end. Default 0.',
        },
      },
      additionalProperties: false,
    },
    timeoutMs: maxWaitMs + 5_000,
    effects: () => [],
    async execute({ id, waitMs = 0 }, { sessionId, signal }) {
      if (id === undefined) return listJobs(jobs.list(sessionId));
      const job = find(jobs, id, sessionId);
      if (waitMs > 0) await job.news(AbortSignal.any([signal, AbortSignal.timeout(waitMs)]));
      signal.throwIfAborted();
      return readJob(job);
    },
  };
  return tool as Tool;
}

/** Makes `shell_stop`, which ends a background command and all it started. */
export function shellStopTool(jobs: BackgroundJobs): Tool {
  const tool: Tool<{ id: string }> = {
    name: 'shell_stop',
    description: 'Stops a background command with every process it started, and gives its last output.',
    input: {
      type: 'object',
      properties: { id: { type: 'string', description: 'Id that shell gave, for example job-1.' } },
      required: ['id'],
      additionalProperties: false,
    },
    effects: () => [],
    async execute({ id }, { sessionId }) {
      const job = find(jobs, id, sessionId);
      await job.stop();
      return readJob(job);
    },
  };
  return tool as Tool;
}

/** Gives the new output of a job and how it stands. */
export function readJob(job: BackgroundJob): string {
  const state = job.state();
  const text = job.read();
  return `${text === '' ? '(no new output)\n' : text.endsWith('\n') ? text : `${text}\n`}[${job.id}: ${state}]`;
}

function listJobs(jobs: readonly BackgroundJob[]): string {
  if (jobs.length === 0) return 'No background commands.';
  return jobs.map((job) => `${job.id}: ${job.state()}: ${job.command}`).join('\n');
}

function find(jobs: BackgroundJobs, id: string, sessionId: string): BackgroundJob {
  const job = jobs.get(id, sessionId);
  if (job) return job;
  throw new CapstanError('not_found', `There is no background command ${id}. ${listJobs(jobs.list(sessionId))}`, {
    where: id,
  });
}
