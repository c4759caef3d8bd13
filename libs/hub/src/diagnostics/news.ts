import type { SendPolicy } from '#engine';
import type { HubScope } from '../support/hub-scope.js';
import type { Envelope } from '../wire/envelope.js';
import type { TraceContext } from '../support/trace-context.js';
import type { CloseClass } from './close-class.js';
import type { ConnectionNews } from './connection-news.js';

/** Calls what it is given, once and at once: within an async context, for instance. */
export type Around = (call: () => void) => void;

/** A connection was let in. */
export interface Opened extends ConnectionNews {
  /** What the channels of the engine call it. */
  readonly transport: object;
}

/** A connection has closed. */
export interface Closed extends ConnectionNews {
  readonly transport: object | undefined;
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  /** The code, as one of few kinds. */
  readonly closeClass: CloseClass;
  /** Milliseconds since it was let in. */
  readonly duration: number;
}

/** `abandoned`: the connection closed before the handler had finished. */
export type HandlingOutcome = 'answered' | 'failed' | 'timed_out' | 'cancelled' | 'abandoned';

/** A message and its handler: one object for the beginning and the end. */
export interface HandledMessage extends ConnectionNews {
  /** As the table of handlers has it, never as a client named it: `*` of the fallback. */
  readonly event: string;
  /** Lent. */
  readonly message: Envelope;
  /** Undefined until the end. What returns a stream is answered when the stream begins. */
  readonly outcome: HandlingOutcome | undefined;
  /** What the client was told, where that was an exception; see `ErrorCode`. */
  readonly code: string | undefined;
  /** Milliseconds, in the end. */
  readonly duration: number;
  /** In the beginning: runs the handler within `around`. Of several the last one is outermost. */
  enclose(around: Around): void;
}

/** A message for many connections of this node: one object for the beginning and the end. */
export interface DeliveredBroadcast extends HubScope {
  /** As the application names it; '' past the codecs. */
  readonly event: string;
  /** Whom it is for, as it is addressed. */
  readonly rooms: readonly string[];
  readonly users: readonly string[];
  readonly everyone: boolean;
  /** Whether it began on this node. */
  readonly origin: 'local' | 'remote';
  /**
   * The trace it belongs to. Of a message from another node it is there in the beginning; set then for one of
   * this node, it goes to the others.
   */
  trace: TraceContext | undefined;
  /** In the end: how many receivers of this node got it, and how. */
  readonly result: {
    readonly sent: number;
    readonly queued: number;
    readonly dropped: number;
    readonly closed: number;
  };
  /** Milliseconds, in the end; nothing is waited for. */
  readonly duration: number;
}

/** A client got an exception frame. */
export interface Refused extends ConnectionNews {
  /** As the client named it: any text of up to 128 characters. Undefined where it could not be read. */
  readonly event: string | undefined;
  /** What the client was told; see `ErrorCode`. */
  readonly code: string;
}

/** A message was over a limit. */
export interface RateLimited extends ConnectionNews {
  /** Of the handler whose limit it was; undefined for those of all messages. */
  readonly event: string | undefined;
  /** Who was counted together. */
  readonly limit: 'connection' | 'user' | 'ip';
  readonly kind: 'messages' | 'bytes';
  /** Whether the message was left out, or the connection is closed. */
  readonly action: 'drop' | 'close';
}

/** Messages were dropped. */
export interface SlowDropped extends ConnectionNews {
  readonly messages: number;
  readonly policy: SendPolicy;
}

/** A connection is closed for slowness. */
export interface SlowClosed extends ConnectionNews {
  /** The limit that was reached: its own queue's, the time without progress, all queues together. */
  readonly limit: 'queue' | 'stall' | 'budget';
  /** Bytes that waited for it. */
  readonly bufferedAmount: number;
}

/** Somebody came into a room, or left it. */
export interface RoomNews extends ConnectionNews {
  readonly room: string;
}

/** A client came into a room with a history. */
export interface Recovered extends RoomNews {
  /** `new`: it had not been there; `lost`: some of what it missed is gone. */
  readonly result: 'new' | 'recovered' | 'lost';
  /** Messages it was told. */
  readonly messages: number;
}

/** A hub closes; the stages in their order. */
export interface Draining extends HubScope {
  readonly stage: 'notified' | 'closing' | 'waiting' | 'terminating' | 'closed';
  readonly open: number;
  /** Connections with handlers under way. */
  readonly busy: number;
  /** Milliseconds since it began. */
  readonly elapsed: number;
}
