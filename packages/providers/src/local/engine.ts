import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { CapstanError } from '@capstan/sdk/contract';
import type { Llama, LlamaChat, LlamaContextSequence, LlamaModel } from 'node-llama-cpp';
import type { LocalOptions } from './options.ts';

/** A loaded model, ready to speak; it says one reply at a time. */
export interface Engine {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly chat: LlamaChat;
  readonly sequence: LlamaContextSequence;
  readonly close: () => Promise<void>;
}

/** More would need more memory than a usual machine has to spare. */
const mostContextTokens = 32_768;

/**
 * Loads a model into this process, downloading it first where need be.
 *
 * @throws {CapstanError} `invalid_config` without the package, `not_found` for a file that is not there, `aborted`,
 * `model_failed` for a file that cannot be loaded or a machine that is too small.
 */
export async function loadEngine(options: LocalOptions, signal: AbortSignal): Promise<Engine> {
  const { getLlama, LlamaChat: Chat, LlamaLogLevel, resolveModelFile } = await loadLibrary();
  const { model: name, hardware = {}, contextTokens } = options;
  const path = await fileOf(options, { resolveModelFile, signal });
  let llama: Llama | undefined;
  try {
    llama = await getLlama({
      build: 'never',
      gpu: hardware.gpu === false ? false : 'auto',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.disabled,
    });
    const model = await llama.loadModel({ modelPath: path, loadSignal: signal });
    const context = await model.createContext({
      contextSize: contextTokens ?? { max: Math.min(mostContextTokens, model.trainContextSize) },
      createSignal: signal,
      ...(hardware.threads === undefined ? {} : { threads: hardware.threads }),
    });
    const sequence = context.getSequence();
    const { dispose } = llama;
    return { llama, model, sequence, chat: new Chat({ contextSequence: sequence }), close: dispose.bind(llama) };
  } catch (cause) {
    await llama?.dispose();
    if (signal.aborted) throw new CapstanError('aborted', `Loading ${name} was stopped.`, {}, { cause });
    throw notLoaded(name, cause);
  }
}

type Library = typeof import('node-llama-cpp');

async function fileOf(
  { model, folder, onProgress }: LocalOptions,
  {
    resolveModelFile,
    signal,
  }: { readonly resolveModelFile: Library['resolveModelFile']; readonly signal: AbortSignal },
): Promise<string> {
  if (!/^(https?|hf|huggingface):/.test(model)) {
    if (await isGguf(model)) return model;
    throw new CapstanError(
      'not_found',
      `There is no model file ${model}. Give the path of a GGUF file, or hf:user/repository:quantisation to download one.`,
      { where: model },
    );
  }
  try {
    const resolving = resolveModelFile(model, {
      cli: false,
      signal,
      // With a name of its own a file that is there is found without the network.
      ...(model.startsWith('http') ? { fileName: fileNameOf(model) } : {}),
      ...(folder === undefined ? {} : { directory: folder }),
      ...(onProgress === undefined
        ? {}
        : {
            onProgress: ({ downloadedSize, totalSize }) => onProgress({ completed: downloadedSize, total: totalSize }),
          }),
    });
    // The library looks for the file again and again before it looks at the signal.
    return await untilAborted(resolving, signal);
  } catch (cause) {
    if (signal.aborted) throw new CapstanError('aborted', `The download of ${model} was stopped.`, {}, { cause });
    throw new CapstanError(
      'model_failed',
      `${model} cannot be downloaded: ${(cause as Error).message}. Check the address and the network.`,
      { retryable: true, where: model },
      { cause },
    );
  }
}

function fileNameOf(address: string): string {
  const hash = createHash('sha256').update(address).digest('hex').slice(0, 8);
  return `${hash}-${basename(new URL(address).pathname)}`;
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever stops waiting no longer looks at how it ends.
  work.catch(() => {});
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Looks at the head of a file, as the library reads on for ever in one whose version is nonsense. */
async function isGguf(path: string): Promise<boolean> {
  const file = await open(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw notLoaded(path, error);
  });
  if (!file) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    const version = Math.min(buffer.readUInt32LE(4), buffer.readUInt32BE(4));
    if (buffer.toString('latin1', 0, 4) === 'GGUF' && version >= 1 && version <= 16) return true;
    throw notLoaded(path, new Error('it is no GGUF file'));
  } finally {
    await file.close();
  }
}

function notLoaded(name: string, cause: unknown): CapstanError {
  const text = `${name} cannot be loaded: ${(cause as Error).message}. Check that it is a whole GGUF file, or take a smaller model or fewer contextTokens.`;
  return new CapstanError('model_failed', text, { retryable: false, where: name }, { cause });
}

async function loadLibrary(): Promise<Library> {
  try {
    return await import('node-llama-cpp');
  } catch (cause) {
    throw new CapstanError(
      'invalid_config',
      'Models in this process need the package node-llama-cpp. Run: npm install node-llama-cpp',
      { where: 'node-llama-cpp' },
      { cause },
    );
  }
}
