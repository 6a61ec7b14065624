import type { Json } from './json.ts';

/** A conversation is a list of these. The instructions of an agent are not a message; they ride in the request. */
export type Message = UserMessage | AssistantMessage | ToolMessage;

/** What a person, or the app, says. */
export interface UserMessage {
  readonly role: 'user';
  readonly parts: readonly UserPart[];
}

/** What a model says and which tools it calls. */
export interface AssistantMessage {
  readonly role: 'assistant';
  readonly parts: readonly AssistantPart[];
  /** Set when the message was cut by a stop, a budget or an error before the model closed it. */
  readonly interrupted?: true;
}

/** The result of one tool call. */
export interface ToolMessage {
  readonly role: 'tool';
  readonly callId: string;
  readonly tool: string;
  readonly parts: readonly ResultPart[];
  /** True when the call failed, was denied or was interrupted; the text says which and what to do. */
  readonly failed?: true;
  /** Set when the call was stopped before it ended. */
  readonly interrupted?: true;
}

export type UserPart = TextPart | ImagePart | FilePart;
export type AssistantPart = TextPart | ReasoningPart | ToolCallPart;
export type ResultPart = TextPart | ImagePart | FilePart;

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  /** Opaque state of the provider that made the part; goes back to it untouched. */
  readonly provider?: ProviderState;
}

/** An image, given by its bytes or by an address that the vendor may fetch. */
export interface ImagePart {
  readonly type: 'image';
  /** For example `image/png`. */
  readonly mediaType: string;
  /** Base64 of the bytes; exactly one of `data` and `url` is given. */
  readonly data?: string;
  readonly url?: string;
}

/** A document such as a PDF. */
export interface FilePart {
  readonly type: 'file';
  /** For example `application/pdf`. */
  readonly mediaType: string;
  readonly name?: string;
  /** Base64 of the bytes; exactly one of `data` and `url` is given. */
  readonly data?: string;
  readonly url?: string;
}

/** What a model thought aloud; `text` may be empty when the vendor keeps it hidden. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  readonly text: string;
  /** Signatures, ids, encrypted content; goes back untouched. */
  readonly provider?: ProviderState;
}

/** A model's wish to call a tool. */
export interface ToolCallPart {
  readonly type: 'call';
  /** Unique in the conversation; pairs the call with its result. */
  readonly callId: string;
  readonly tool: string;
  /** The arguments exactly as the model wrote them: JSON text, perhaps broken. The loop parses them. */
  readonly json: string;
  readonly provider?: ProviderState;
}

/** Opaque provider data, keyed by vendor so that another vendor's provider can tell it is not its own. */
export interface ProviderState {
  readonly vendor: string;
  readonly data: Json;
}
