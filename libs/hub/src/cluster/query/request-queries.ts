import type { MissingNode } from '../../connection/cluster-result.js';
import { timeoutOf, type RequestOptions } from '../../connection/request/request-options.js';
import { MAX_DELAY } from '../../options/option-kinds.js';
import type { Address } from '../../rooms/address.js';
import type { RequestResult } from '../../rooms/broadcast-request.js';
import { EncodedMessage } from '../../rooms/encoded-message.js';
import { ByteReader, MalformedBytes } from '../../support/byte-reader.js';
import { ByteWriter } from '../../support/byte-writer.js';
import { readParts, writeParts } from '../../wire/encoded/encoded-part.js';
import { MAX_SENT_EVENT } from '../message/broadcast-payload.js';
import { jsonCodec } from '../../wire/json.codec.js';
import { readJsonBody, textsOf } from './json-body.js';
import type { Queries } from './queries.js';
import { MAX_QUESTION, Question } from './question.js';
import { encodedParts, RemoteConnection, type RemoteWay } from './remote-connection.js';
import { readRequestAnswer, writeRequestAnswer } from './request-answer.js';

/** Milliseconds a node may take longer than the clients it asks. */
const GRACE = 500;

/** Milliseconds clients get when a node has so many: any number may come. */
function clientTimeout(timeout: number): number {
  return Math.min(MAX_DELAY, Math.max(1, timeout - GRACE));
}

/** Asks receivers of an address on this node. */
type AskHere = (
  address: Address,
  event: string,
  data: unknown,
  options: RequestOptions,
) => Promise<RequestResult>;

/** Requests to many clients (`Broadcast.request`) over all nodes: asks the others, and answers them. */
export class RequestQueries {
  readonly #queries: Queries;
  readonly #way: RemoteWay;

  constructor(queries: Queries, way: RemoteWay, askHere: AskHere) {
    this.#queries = queries;
    this.#way = way;
    queries.answer(Question.Request, (body, timeout) => {
      // At once: what makes no sense is not even begun.
      const { address, event, data, codec } = this.#read(body);
      const asked = askHere(address, event, data, { timeout: clientTimeout(timeout) });
      return asked.then((result) => writeRequestAnswer(result, codec));
    });
  }

  /** What the clients of the other nodes said. Rejects only with the reason of the signal. */
  async request(
    address: Address,
    event: string,
    data: unknown,
    options: RequestOptions,
  ): Promise<RequestResult> {
    const timeout = timeoutOf(options) + GRACE;
    const body = this.#write(address, event, data);
    const { answers, missing } = await this.#queries.ask(Question.Request, body, {
      timeout,
      signal: options.signal,
    });
    const unreachable: MissingNode[] = [...missing];
    const read = answers.flatMap(({ node, body: answer }) => {
      try {
        return [
          readRequestAnswer(
            answer,
            this.#way.codecs,
            (id, userId) => new RemoteConnection(this.#way, node, id, userId),
          ),
        ];
      } catch {
        unreachable.push({ node, reason: 'failed' });
        return [];
      }
    });
    const absent = read.flatMap((one) => one.missing);
    return {
      answers: read.flatMap((one) => one.answers),
      missing: absent,
      ...(unreachable.length > 0 && { unreachable }),
      complete: absent.length + unreachable.length === 0,
    };
  }

  #write({ exceptIds, ...address }: Address, event: string, data: unknown): Uint8Array {
    const { codecs } = this.#way;
    const head = { ...address, exceptIds: [...exceptIds], event, codecs: codecs.names() };
    const writer = new ByteWriter().bytes(Buffer.from(JSON.stringify(head)));
    writeParts(writer, encodedParts(codecs, event, data));
    return writer.done();
  }

  #read(body: Uint8Array) {
    const reader = new ByteReader(body);
    const head = readJsonBody(reader.bytes(MAX_QUESTION));
    const { event, everyone } = head;
    if (typeof event !== 'string' || event.length > MAX_SENT_EVENT) {
      throw new MalformedBytes('An event is expected');
    }
    const address: Address = {
      rooms: textsOf(head['rooms']),
      users: textsOf(head['users']),
      everyone: everyone === true,
      exceptRooms: textsOf(head['exceptRooms']),
      exceptIds: new Set(textsOf(head['exceptIds'])),
    };
    const { codecs } = this.#way;
    const data = new EncodedMessage(event, readParts(reader), codecs).data();
    // One that both ends have: bytes and dates then arrive as such.
    const theirs = new Set(textsOf(head['codecs']));
    const both = [...codecs].filter(({ name }) => theirs.has(name));
    const codec = both.find(({ binary }) => binary === true) ?? both[0] ?? jsonCodec;
    return { address, event, data, codec };
  }
}
