import { setInterval } from 'node:timers';
import { BrokerUnavailable, type HistoryBounds, type LogNews } from '#hub';
import type { AppendBatch, WaitingAppend } from './append-batch.js';
import { RoomAppends, type AppendPort } from './room-appends.js';

/** Milliseconds a caller waits; with the interval of looking it is 2 seconds. */
const WAIT_TIME = 1_900;
const LOOK_INTERVAL = 50;
/** Bytes that may wait in all rooms together: a server that is too slow must not fill the process. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** Appends of all rooms that wait for the server. */
export class Appends {
  readonly #rooms = new Map<string, RoomAppends>();
  readonly #port: AppendPort;
  #sequence = 0;
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param session what they are sent over
   * @param send @throws {ConnectionLost} as a rejection, when it is to be sent again
   */
  constructor(
    session: () => object | undefined,
    send: (room: string, batch: AppendBatch) => Promise<readonly LogNews[]>,
  ) {
    this.#port = {
      get session() {
        return session();
      },
      nextSequence: () => ++this.#sequence,
      send,
      idle: (room) => void this.#rooms.delete(room),
    };
  }

  /** @param body copied: it may have to be sent again */
  append(
    room: string,
    body: Uint8Array,
    bounds: HistoryBounds,
    id: string | undefined,
  ): Promise<LogNews> {
    if (this.#waitingBytes + body.length > MAX_WAITING_BYTES) {
      const limit = `at most ${MAX_WAITING_BYTES} bytes may wait for Redis`;
      return Promise.reject(
        new BrokerUnavailable(
          `Cannot append to a history: ${limit}, current value is ${this.#waitingBytes}`,
        ),
      );
    }
    this.#waitingBytes += body.length;
    const appended = new Promise<LogNews>((resolve, reject) => {
      const settle =
        <Value>(call: (value: Value) => void) =>
        (value: Value): void => {
          this.#waitingBytes -= body.length;
          call(value);
        };
      const waiting: WaitingAppend = {
        body: Buffer.from(body),
        bounds,
        id,
        deadline: performance.now() + WAIT_TIME,
        resolve: settle(resolve),
        reject: settle(reject),
        settled: false,
      };
      this.#room(room).add(waiting);
    });
    this.#timer ??= setInterval(() => this.#expire(), LOOK_INTERVAL).unref();
    return appended;
  }

  /** There is a new session. */
  resume(): void {
    for (const room of this.#rooms.values()) room.flush();
  }

  #room(name: string): RoomAppends {
    const found = this.#rooms.get(name) ?? new RoomAppends(name, this.#port);
    this.#rooms.set(name, found);
    return found;
  }

  #expire(): void {
    if (this.#rooms.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const now = performance.now();
    for (const room of this.#rooms.values()) room.expire(now, late);
  }
}

function late(): Error {
  return new BrokerUnavailable(
    'Cannot append to a history: Redis has not answered within 2 seconds',
  );
}
