import { CapstanError, isCapstanError } from '@capstan/sdk/contract';

/** What a vendor was waited for. */
export type TimeoutPhase = 'connect' | 'first byte' | 'idle';

/** Names what ran out of time after `ms` milliseconds. */
export function timeoutError(phase: TimeoutPhase, model: string, ms: number): CapstanError {
  const said = {
    connect: `${model}: no connection within ${ms} ms. Check the network and the base URL`,
    'first byte': `${model} took the request but sent no reply within ${ms} ms. Try again, or raise timeouts.firstByteMs`,
    idle: `${model} sent nothing for ${ms} ms in the middle of its reply. Try again, or raise timeouts.idleMs`,
  }[phase];
  return new CapstanError('model_failed', `${said}.`, { retryable: true, model, where: phase });
}

const refusedForGood: { readonly [code: string]: string } = {
  ENOTFOUND: 'the host does not exist',
  ERR_INVALID_URL: 'the base URL is no URL',
  ERR_INVALID_CHAR: 'a header holds a forbidden character; check the key for line breaks',
  ERR_INVALID_PROTOCOL: 'the base URL must begin with http:// or https://',
};

const retryable: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  EAI_AGAIN: 'the name could not be resolved just now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EHOSTDOWN: 'the host is down',
  ENETDOWN: 'the network is down',
  ENETRESET: 'the connection was reset',
  ECONNABORTED: 'the connection was aborted',
  ENOTCONN: 'the connection was closed',
  ENOBUFS: 'the system is out of memory for connections',
};

/**
 * Turns what was thrown while a model was called into an error of ours; one of ours passes.
 *
 * A fault of sockets, names, TLS or HTTP parsing is told as such. Anything else, such as a bug or a function for the key
 * that throws, becomes a `model_failed` that is not tried again, with the thrown value as its cause.
 */
export function networkError(
  error: unknown,
  { model, url }: { readonly model: string; readonly url?: URL },
): CapstanError {
  if (isCapstanError(error)) return error;
  const root = rootOf(error);
  const { code = '', message = String(error), name } = (root ?? {}) as NodeJS.ErrnoException;
  if (name === 'AbortError') return new CapstanError('aborted', `The call of ${model} was stopped.`, { model });
  const at = url ? ` at ${url.protocol}//${url.host}` : '';
  const failed = (text: string, details: { readonly retryable: boolean; readonly where?: string }): CapstanError =>
    new CapstanError('model_failed', `${model}${at}: ${text}`, { ...details, model }, { cause: error });
  if (isTls(code)) {
    const text = `no trusted TLS connection (${code}). Check the certificate, or name your authority in NODE_EXTRA_CA_CERTS.`;
    return failed(text, { retryable: false, where: 'tls' });
  }
  const final = refusedForGood[code];
  if (final) return failed(`${final} (${code}).`, { retryable: false, where: 'network' });
  if (!isOfNetwork(root)) {
    const told = message.replace(/[.:]$/, '');
    return failed(`the call failed: ${told}. The network is not at fault; see the cause.`, { retryable: false });
  }
  const text = `${retryable[code] ?? message} (${code}). Check that the server runs, then try again.`;
  return failed(text, { retryable: true, where: 'network' });
}

/** `fetch failed` and the errors of SDKs hide the reason in their cause. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;
}

/** Files and wrong arguments have codes too, so only what is known to be of a socket, a name or a reply counts. */
function isOfNetwork(error: unknown): boolean {
  const { code = '', syscall = '' } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string' || code === '') return false;
  if (Object.hasOwn(retryable, code) || /^(connect|getaddrinfo|query[A-Z]\w*)$/.test(syscall)) return true;
  return /^(HPE_|UND_ERR_(?!INVALID_ARG|NOT_SUPPORTED)|EAI_|Z_|ERR__ERROR_FORMAT|ERR_STREAM_PREMATURE_CLOSE$)/.test(
    code,
  );
}

function isTls(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH|INVALID_CA)/.test(code);
}
