import type { Link } from '../connection/link.js';
import type { Moment } from '../connection/link-listener.js';
import type { Settings } from '../connection/resolve-options.js';
import type { ClientError } from '../support/client-error.js';
import type { Clock } from '../support/clock.js';
import type { Listeners } from '../support/listeners.js';
import type { Off } from '../support/off.js';
import type { Frame } from '../wire/frame.js';
import type { Outbox, Outgoing } from './outbox.js';
import type { LeanClient } from './lean-client.js';

/** What functions that stand beside a client build on: rooms, streams, questions. Not for applications. */
interface Inner {
  /** Where it connects to, without query parameters of its options. */
  readonly url: string;
  readonly clock: Clock;
  /** Why nothing is tried any more, if so. */
  readonly stopped: () => ClientError | undefined;
  /** Hears that, before anything else is rejected with it. */
  readonly onStop: (listener: (error: ClientError) => void) => Off;
  /** Sees what the server sends before all others. Of what it returns true for, they see nothing. */
  readonly onTake: (take: (frame: Frame) => boolean) => Off;
  /** A message with an id of its own. @throws what the codec throws */
  readonly ask: (
    event: string,
    data: unknown,
    key?: string,
    upload?: Frame['upload'],
  ) => Pick<Outgoing, 'frame' | 'message'>;
  /** Sends it, or has it wait. @returns gives it up, and tells the server */
  readonly add: (out: Outgoing) => () => void;
  /** `maxBuffered` */
  readonly maxBuffered: number;
  /** Hears that messages flow, and that they do no more. */
  readonly onOpen: (listener: () => void) => Off;
  readonly onLost: (listener: () => void) => Off;
  /** @returns false when there is no open connection; nothing waits */
  readonly send: (frame: Frame) => boolean;
  /** Is told of every frame, in place of the one before; of none with undefined. */
  readonly tap: (listener: Link['tap']) => void;
  /** The same past the codec. */
  readonly sendBytes: (bytes: Uint8Array<ArrayBuffer>) => boolean;
  /** Bytes that wait in the socket. */
  readonly buffered: () => number;
  /** Hands an error that nobody waits for to the application. */
  readonly report: (error: unknown) => void;
}

/** What a client is made of. */
interface Parts {
  readonly url: string;
  readonly link: Link;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly moments: Listeners<[Moment]>;
  readonly takers: Set<(frame: Frame) => boolean>;
  readonly ask: Inner['ask'];
  readonly report: (error: unknown) => void;
}

/** What bytes past the codec stand for. */
const CHUNK: Frame = { event: '$chunk' };

const known = new WeakMap<object, Parts>();

/** Makes a client known to `innerOf`. */
export function setParts(client: object, parts: Parts): void {
  known.set(client, parts);
}

/** @throws {TypeError} for what `connect` has not made */
export function innerOf(client: Pick<LeanClient, 'connect'>): Inner {
  const parts = known.get(client);
  if (parts === undefined) throw new TypeError('Cannot use client: connect() has not made it');
  const { url, link, outbox, clock, settings, moments, takers } = parts;
  return {
    url,
    clock,
    maxBuffered: settings.maxBuffered,
    stopped: () => outbox.stopped,
    onStop: (listener) =>
      moments.add((moment) => {
        if (typeof moment !== 'string') listener(moment);
      }),
    onTake(take) {
      takers.add(take);
      return () => void takers.delete(take);
    },
    ask: parts.ask,
    add: (out) => outbox.add(out),
    onOpen: (listener) => moments.add((moment) => void (moment === 'opened' && listener())),
    onLost: (listener) => moments.add((moment) => void (moment === 'lost' && listener())),
    send: (frame) => link.send(frame),
    tap: (listener) => void (link.tap = listener),
    sendBytes: (bytes) => link.send(CHUNK, bytes),
    buffered: () => link.buffered,
    report: parts.report,
  };
}
