import { LimitError } from '#engine';
import type { ClusterSelector } from '../../connection/cluster-connections.js';
import type { Answered, QueryOptions } from '../../connection/cluster-result.js';
import type { ConnectionRegistry } from '../../connection/connection-registry.js';
import type { ClusterRooms } from '../../rooms/cluster-rooms.js';
import { checkRoomName, type Rooms } from '../../rooms/rooms.js';
import { checkSelector, readSelector } from './cluster-selector.js';
import { gather, sum } from './gather.js';
import { countOf, jsonBody, readJsonBody, textsOf } from './json-body.js';
import type { Queries } from './queries.js';
import { Question } from './question.js';

/** `rooms.cluster`: asks all nodes for their rooms, and answers for those of this one. */
export class RoomQueries implements ClusterRooms {
  readonly #queries: Queries;
  readonly #registry: ConnectionRegistry;
  readonly #rooms: Rooms;

  constructor(queries: Queries, registry: ConnectionRegistry, rooms: Rooms) {
    this.#queries = queries;
    this.#registry = registry;
    this.#rooms = rooms;
    queries.answer(Question.Join, (body) => {
      const { selector, room } = readJsonBody(body);
      checkRoomName(room);
      return jsonBody({ count: this.#join(readSelector(selector), room) });
    });
    queries.answer(Question.Leave, (body) => {
      const { selector, room } = readJsonBody(body);
      checkRoomName(room);
      return jsonBody({ count: this.#leave(readSelector(selector), room) });
    });
    queries.answer(Question.RoomSize, (body) => {
      const { room } = readJsonBody(body);
      checkRoomName(room);
      return jsonBody({ count: rooms.size(room) });
    });
    queries.answer(Question.RoomNames, () => jsonBody({ names: rooms.names() }));
  }

  async join<Options extends QueryOptions = object>(
    selector: ClusterSelector,
    room: string,
    options?: Options,
  ): Promise<Answered<number, Options>> {
    return this.#move(Question.Join, selector, room, (meant) => this.#join(meant, room), options);
  }

  async leave<Options extends QueryOptions = object>(
    selector: ClusterSelector,
    room: string,
    options?: Options,
  ): Promise<Answered<number, Options>> {
    return this.#move(Question.Leave, selector, room, (meant) => this.#leave(meant, room), options);
  }

  async size<Options extends QueryOptions = object>(
    room: string,
    options?: Options,
  ): Promise<Answered<number, Options>> {
    checkRoomName(room);
    return gather(
      this.#queries,
      {
        question: Question.RoomSize,
        body: jsonBody({ room }),
        own: () => this.#rooms.size(room),
        read: countOf,
        merge: sum,
      },
      options,
    );
  }

  async names<Options extends QueryOptions = object>(
    options?: Options,
  ): Promise<Answered<string[], Options>> {
    return gather(
      this.#queries,
      {
        question: Question.RoomNames,
        body: jsonBody({}),
        own: () => this.#rooms.names(),
        read: (body) => textsOf(readJsonBody(body)['names']),
        merge: (parts) => [...new Set(parts.flat())],
      },
      options,
    );
  }

  #move<Options extends QueryOptions>(
    question: Question,
    selector: ClusterSelector,
    room: string,
    own: (meant: ClusterSelector) => number,
    options: Options | undefined,
  ): Promise<Answered<number, Options>> {
    checkRoomName(room);
    const meant = checkSelector(selector);
    const body = jsonBody({ selector: meant, room });
    return gather(
      this.#queries,
      { question, body, own: () => own(meant), read: countOf, merge: sum },
      options,
    );
  }

  #join(selector: ClusterSelector, room: string): number {
    let joined = 0;
    for (const connection of this.#registry.findAll(selector)) {
      try {
        if (this.#rooms.join(connection, room)) joined++;
      } catch (error) {
        // One that is in too many rooms must not keep the others out.
        if (!(error instanceof LimitError)) throw error;
      }
    }
    return joined;
  }

  #leave(selector: ClusterSelector, room: string): number {
    let left = 0;
    for (const connection of this.#registry.findAll(selector)) {
      if (this.#rooms.leave(connection, room)) left++;
    }
    return left;
  }
}
