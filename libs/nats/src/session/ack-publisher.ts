import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { BrokerUnavailable } from '#hub';

/** Milliseconds a stream has to answer. */
const ACK_TIMEOUT = 2_000;
const CHECK_INTERVAL = 100;

/** A message is kept. */
interface Ack {
  /** Its number in the stream. */
  readonly seq: number;
  /** Whether one with the same id was there already; `seq` is that one's. */
  readonly duplicate: boolean;
}

/** A stream has refused a message: JetStream's code says why. */
export class StreamRefused extends Error {
  constructor(
    readonly code: number,
    description: string,
  ) {
    super(description);
  }
}

interface Waiting {
  readonly subject: string;
  readonly resolve: (ack: Ack) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
}

/**
 * Publishes to streams and waits for what they say, over one subscription: the package's own way makes a
 * subscription, a timer and a signal for each message and costs four times as much.
 */
export class AckPublisher {
  readonly #connection: NatsConnection;
  readonly #inbox: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #watch: NodeJS.Timeout;
  #lastId = 0;
  #ended = false;

  /** @param deaf told when the server does not let us hear what streams say */
  constructor(connection: NatsConnection, inbox: string, deaf: (error: Error) => void) {
    this.#connection = connection;
    this.#inbox = inbox;
    connection.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) return deaf(error);
        const id = Number(message.subject.slice(inbox.length + 1));
        const waiting = this.#waiting.get(id);
        if (waiting === undefined) return;
        this.#waiting.delete(id);
        if (message.headers?.code === 503) {
          waiting.reject(new StreamRefused(503, 'No stream listens to the subject'));
        } else settle(waiting, message.data);
      },
    });
    this.#watch = setInterval(() => this.#expire(), CHECK_INTERVAL).unref();
  }

  /**
   * @throws {StreamRefused} as a rejection
   * @throws {BrokerUnavailable} as a rejection, without an answer within 2 seconds
   */
  publish(subject: string, data: Uint8Array, headers: MsgHdrs): Promise<Ack> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw new BrokerUnavailable('The session has ended');
      const id = ++this.#lastId;
      this.#connection.publish(subject, data, { headers, reply: `${this.#inbox}.${id}` });
      this.#waiting.set(id, { subject, resolve, reject, deadline: Date.now() + ACK_TIMEOUT });
    });
  }

  /** The server does not let us publish there. @returns whether anything waits for an answer from there */
  refuse(subject: string, error: Error): boolean {
    const refused = [...this.#waiting].filter(([, waiting]) => waiting.subject === subject);
    for (const [id, { reject }] of refused) {
      this.#waiting.delete(id);
      reject(error);
    }
    return refused.length > 0;
  }

  /** Whatever waits is rejected. */
  end(error: Error): void {
    this.#ended = true;
    clearInterval(this.#watch);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }

  #expire(): void {
    const now = Date.now();
    for (const [id, { reject, deadline }] of this.#waiting) {
      if (deadline > now) return;
      this.#waiting.delete(id);
      reject(new BrokerUnavailable(`The stream has not answered within ${ACK_TIMEOUT} ms`));
    }
  }
}

function settle({ resolve, reject }: Waiting, data: Uint8Array): void {
  try {
    const ack: unknown = JSON.parse(Buffer.from(data).toString());
    const { seq, duplicate, error }: Record<string, unknown> = Object(ack);
    if (typeof error === 'object' && error !== null) {
      const { err_code: code, description }: Record<string, unknown> = Object(error);
      reject(new StreamRefused(Number(code), String(description)));
    } else if (typeof seq === 'number') {
      resolve({ seq, duplicate: duplicate === true });
    } else reject(new BrokerUnavailable('The stream has answered with what is no acknowledgement'));
  } catch (cause) {
    reject(new BrokerUnavailable('The stream has answered with what is no JSON', { cause }));
  }
}
