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
};

/** Turns an error of sockets, TLS or HTTP parsing into a `model_failed`; one of ours passes. */
export function networkError(
  error: unknown,
  { model, url }: { readonly model: string; readonly url?: URL },
): CapstanError {
  if (isCapstanError(error)) return error;
  const { code = '', message = String(error), name } = (error ?? {}) as NodeJS.ErrnoException;
  if (name === 'AbortError') return new CapstanError('aborted', `The call of ${model} was stopped.`, { model });
  const at = url ? ` at ${url.protocol}//${url.host}` : '';
  const cause = { cause: error };
  if (isTls(code)) {
    const text = `${model}${at}: no trusted TLS connection (${code}). Check the certificate, or name your authority in NODE_EXTRA_CA_CERTS.`;
    return new CapstanError('model_failed', text, { retryable: false, model, where: 'tls' }, cause);
  }
  const final = refusedForGood[code];
  if (final)
    return new CapstanError(
      'model_failed',
      `${model}${at}: ${final} (${code}).`,
      { retryable: false, model, where: 'network' },
      cause,
    );
  const why = retryable[code] ?? message;
  const text = `${model}${at}: ${why}${code ? ` (${code})` : ''}. Check that the server runs, then try again.`;
  return new CapstanError('model_failed', text, { retryable: true, model, where: 'network' }, cause);
}

function isTls(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH|INVALID_CA)/.test(code);
}
