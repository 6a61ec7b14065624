import { parentPort } from 'node:worker_threads';
import { readJobs, type ReadJob } from './read-jobs.ts';

// Reads files in a thread of its own: answers each list of jobs, and ends with one segment of all it read.
const reader = readJobs();

parentPort?.on('message', (message: { readonly jobs?: readonly ReadJob[]; readonly root: string }) => {
  if (message.jobs) {
    parentPort?.postMessage({ outcomes: reader.read(message.root, message.jobs) });
    return;
  }
  const packed = reader.finish();
  const bytes = new Uint8Array(packed.buffer as ArrayBuffer, packed.byteOffset, packed.byteLength);
  parentPort?.postMessage({ segment: bytes }, [packed.buffer as ArrayBuffer]);
});
