import { LimitError, SendResult, UsageError } from '#engine';
import type { ConnectionRef } from '../../connection/connection-ref.js';
import type { SendOptions } from '../../connection/send-options.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { checkCloseFrame } from '../../wire/close-codes.js';
import { encodeEnvelope } from '../../wire/codec.js';
import { writeParts, type EncodedPart } from '../../wire/encoded/encoded-part.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import { jsonBody } from './json-body.js';
import type { Queries } from './queries.js';
import { MAX_QUESTION, Question } from './question.js';

/** Longest head of an order, in UTF-16 units: an id, an event and options. */
export const MAX_HEAD = 4_096;
const MAX_BODY = MAX_QUESTION - 64;

/** What a connection on another node needs of this one. */
export interface RemoteWay {
  readonly queries: Queries;
  readonly codecs: KnownCodecs;
}

/** A connection of another node, as a query has found it. */
export class RemoteConnection implements ConnectionRef {
  readonly id: string;
  readonly userId: string | undefined;
  readonly node: string;
  readonly #way: RemoteWay;

  constructor(way: RemoteWay, node: string, id: string, userId: string | undefined) {
    this.#way = way;
    this.node = node;
    this.id = id;
    this.userId = userId;
  }

  send(event: string, data?: unknown, options?: SendOptions): SendResult {
    const { codecs, queries } = this.#way;
    const { policy, key, volatile, compress } = options ?? {};
    const head = JSON.stringify({
      id: this.id,
      event,
      options: { policy, key, volatile, compress },
    });
    if (head.length > MAX_HEAD)
      throw tooLarge('characters of event and key', head.length, MAX_HEAD);
    const writer = new ByteWriter().text(head);
    writeParts(writer, encodedParts(codecs, event, data));
    const body = writer.done();
    if (body.length > MAX_BODY) throw tooLarge('bytes', body.length, MAX_BODY);
    return queries.tell(this.node, Question.Send, body) ? SendResult.Queued : SendResult.Closed;
  }

  close(code?: number, reason?: string): void {
    // Here, where the caller hears of it, and with the words of a connection of this node.
    if (code !== undefined) checkCloseFrame('close connection', code, reason ?? '');
    else if (reason !== undefined && reason !== '') {
      throw new UsageError('Cannot close with a reason: a status code is needed too');
    }
    this.#way.queries.tell(this.node, Question.Close, jsonBody({ id: this.id, code, reason }));
  }

  /** Never more than who it is: a codec that is handed one sends this. */
  toJSON(): { id: string } {
    return { id: this.id };
  }
}

/** An event in the bytes of every codec of this process. */
export function encodedParts(codecs: KnownCodecs, event: string, data: unknown): EncodedPart[] {
  const parts: EncodedPart[] = [];
  for (const codec of codecs) {
    const encoded = encodeEnvelope(codec, { event, data });
    const text = typeof encoded === 'string';
    parts.push({ codec: codec.name, text, bytes: text ? Buffer.from(encoded) : encoded });
  }
  return parts;
}

function tooLarge(what: string, value: number, most: number): LimitError {
  return new LimitError(
    `Cannot send to a connection of another node: at most ${most} ${what} are expected, current value is ${value}`,
    'WS_ERR_CLUSTER_MESSAGE_TOO_LARGE',
  );
}
