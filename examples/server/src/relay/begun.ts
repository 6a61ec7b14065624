import type { CapstanError, Usage } from '@capstan/sdk/contract';
import type { ClientStream } from './client-stream.ts';

/** How a reply ended. */
export interface Ended {
  readonly usage?: Usage | undefined;
  /** Why it broke off after it had begun; the client was told. */
  readonly error?: CapstanError | undefined;
  /** Pieces of a stream that came, for an estimate where no usage did. */
  readonly pieces?: number | undefined;
}

/** A whole reply, ready to send. */
export interface WholeReply {
  readonly kind: 'whole';
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer | string;
  readonly usage: Usage | undefined;
  /** About how many tokens it has, where its vendor does not tell. */
  readonly pieces?: number | undefined;
}

/** A stream whose first event is there. */
export interface BegunStream {
  readonly kind: 'stream';
  readonly contentType: string;
  /** Sends the rest to the client as it comes. Never rejects. */
  deliver(client: ClientStream): Promise<Ended>;
  /** Lets go of the upstream; a client that is being told the rest is told why it ends. */
  abandon(reason: CapstanError): void;
  /** What was used so far. */
  soFar(): Ended;
}

/** A reply that the upstream has begun: from here on no other upstream is tried. */
export type Begun = WholeReply | BegunStream;
