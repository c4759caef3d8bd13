import type { Connection } from '../connection/connection.js';
import { kCore } from '../connection/connection-core.js';
import type { Envelope } from '../wire/envelope.js';
import { kEnd } from '../support/own-names.js';
import { Enclosed } from './enclosed.js';
import type { HandledMessage, HandlingOutcome } from './news.js';
import { told } from './told.js';

/** See `HandledMessage`. */
export class MessageHandling extends Enclosed implements HandledMessage {
  readonly hub: object;
  readonly node: string;
  readonly path: string;
  readonly event: string;
  outcome: HandlingOutcome | undefined = undefined;
  code: string | undefined = undefined;
  duration = 0;
  readonly #startedAt = performance.now();

  constructor(
    readonly connection: Connection,
    event: string,
    readonly message: Envelope,
  ) {
    super();
    const { owner } = connection[kCore];
    this.hub = owner.scope?.hub ?? owner;
    this.node = owner.node ?? '';
    this.path = owner.path ?? '';
    this.event = event;
  }

  /** @internal The first end counts. */
  [kEnd](outcome: HandlingOutcome, code?: string): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    this.code = code;
    this.duration = performance.now() - this.#startedAt;
    told.messageEnd.publish(this);
  }
}

/** @returns undefined while nobody listens */
export function beginHandling(
  connection: Connection,
  event: string,
  message: Envelope,
): MessageHandling | undefined {
  if (!told.messageBegin.hasSubscribers && !told.messageEnd.hasSubscribers) return undefined;
  const handling = new MessageHandling(connection, event, message);
  told.messageBegin.publish(handling);
  return handling;
}
