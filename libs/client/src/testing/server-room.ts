import type { Person } from '../rooms/people.js';
import { ClientError } from '../support/client-error.js';
import type { ClientCodec } from '../wire/client-codec.js';
import type { Position } from '../wire/frame.js';
import { GAP_EVENT, JOINED_EVENT, PRESENCE_EVENT } from '../wire/wire-events.js';
import type { ServerConnection } from './server-connection.js';

/** What comes with a room, as of a `@CanJoin` method. */
export interface Grant {
  readonly latest?: number | undefined;
  readonly presence?: boolean | undefined;
  readonly meta?: unknown;
  readonly key?: string | undefined;
}

interface Said {
  readonly offset: number;
  /** Encoded when it was said: what the test does with its object later changes nothing. */
  readonly message: string | Uint8Array<ArrayBuffer>;
}

interface Member {
  /** Whether it is told who is there. */
  readonly presence: boolean;
  /** As whom it is there itself. */
  readonly key: string | undefined;
}

/** As many as a server keeps of a room by default. */
const MOST_KEPT = 100;

/** One room: its history, who hears it, who is there. */
export class ServerRoom {
  readonly name: string;
  readonly #codec: ClientCodec;
  #epoch = 1;
  #offset = 0;
  #kept: Said[] = [];
  readonly #members = new Map<ServerConnection, Member>();
  readonly #people = new Map<string, Person>();

  constructor(name: string, codec: ClientCodec) {
    this.name = name;
    this.#codec = codec;
  }

  get members(): readonly ServerConnection[] {
    return [...this.#members.keys()];
  }

  has(connection: ServerConnection): boolean {
    return this.#members.has(connection);
  }

  emit(event: string, data?: unknown): void {
    this.#tell(this.#codec.encode({ event, data }));
  }

  publish(event: string, data?: unknown): void {
    this.#tell(this.#keep(event, data).message);
  }

  lose(event: string, data?: unknown): void {
    const { offset } = this.#keep(event, data);
    const at = this.#at(offset);
    this.#tell(this.#codec.encode({ event: GAP_EVENT, data: { room: this.name }, at }));
  }

  keep(count: number): void {
    this.#kept = count > 0 ? this.#kept.slice(-count) : [];
  }

  forget(): void {
    this.#epoch += 1;
    this.#offset = 0;
    this.#kept = [];
  }

  enter(key: string, meta?: unknown, connections = 1): void {
    const person: Person = { key, meta, connections };
    this.#people.set(key, person);
    this.#news({ joined: [person], left: [] });
  }

  leave(key: string): void {
    if (this.#people.delete(key)) this.#news({ joined: [], left: [key] });
  }

  /** @throws {ClientError} UNKNOWN_EPOCH, BAD_REQUEST for a place that nobody can have been at */
  join(
    connection: ServerConnection,
    { latest = 0, presence = false, meta, key = connection.id }: Grant,
    since: Omit<Position, 'room'> | undefined,
  ): unknown {
    const { missed, joined } = this.#recover(latest, since);
    const listed = presence && meta !== undefined;
    this.#members.set(connection, { presence, key: listed ? key : undefined });
    connection.send({ event: JOINED_EVENT, data: joined });
    for (const { message } of missed) connection.hand(message);
    if (listed) this.enter(key, meta);
    if (presence) {
      const people = [...this.#people.values()];
      connection.send({ event: PRESENCE_EVENT, data: { room: this.name, people } });
    }
    return joined;
  }

  /** @returns whether it was there */
  remove(connection: ServerConnection): boolean {
    const member = this.#members.get(connection);
    this.#members.delete(connection);
    if (member?.key !== undefined) this.leave(member.key);
    return member !== undefined;
  }

  #recover(latest: number, since: Omit<Position, 'room'> | undefined) {
    const { epoch } = this.#at(0);
    const at = { room: this.name, epoch, offset: this.#offset };
    const newest = latest > 0 ? this.#kept.slice(-latest) : [];
    if (since === undefined) return { missed: newest, joined: { ...at, count: newest.length } };
    if (since.epoch !== epoch) {
      throw new ClientError(
        'UNKNOWN_EPOCH',
        'Cannot recover: the history of the room has begun anew',
        { details: { room: this.name, recovered: false } },
      );
    }
    if (since.offset > this.#offset) {
      throw new ClientError(
        'BAD_REQUEST',
        'Cannot recover: the offset is past the newest message of the room',
      );
    }
    const recovered = since.offset >= this.#offset - this.#kept.length;
    const missed = recovered ? this.#kept.filter(({ offset }) => offset > since.offset) : newest;
    return { missed, joined: { ...at, count: missed.length, recovered } };
  }

  #keep(event: string, data: unknown): Said {
    const offset = this.#offset + 1;
    const said = { offset, message: this.#codec.encode({ event, data, at: this.#at(offset) }) };
    this.#offset = offset;
    this.#kept.push(said);
    if (this.#kept.length > MOST_KEPT) this.#kept.shift();
    return said;
  }

  #at(offset: number): Position {
    return { room: this.name, epoch: `epoch-${this.#epoch}`, offset };
  }

  #tell(message: string | Uint8Array<ArrayBuffer>): void {
    for (const connection of this.members) connection.hand(message);
  }

  #news(changes: { readonly joined: readonly Person[]; readonly left: readonly string[] }): void {
    for (const [connection, { presence }] of this.#members) {
      const data = { room: this.name, ...changes };
      if (presence) connection.send({ event: PRESENCE_EVENT, data });
    }
  }
}
