import { readChannel, roomChannel, userChannel } from '../broker/channel.js';
import type { RegistryObserver } from '../connection/registry-observer.js';
import type { RoomObserver } from '../rooms/room-observer.js';
import { MAX_NAME_LENGTH } from './message/address-channels.js';

/** Whoever is on this node. */
export interface LocalClients {
  readonly rooms: {
    size(room: string): number;
    names(): string[];
    observe(observer: RoomObserver): () => void;
  };
  readonly users: {
    byUser(userId: string): { readonly size: number };
    observe(observer: RegistryObserver): () => void;
  };
}

interface Holder {
  hold(channel: string): void;
  release(channel: string): void;
}

/** The channels of rooms with local members, and of users with local connections. */
export class LocalChannels {
  readonly #clients: LocalClients;
  readonly #holder: Holder;
  // A room that is filled again while it is emptied is told of twice as created.
  readonly #held = new Set<string>();

  constructor(clients: LocalClients, holder: Holder) {
    this.#clients = clients;
    this.#holder = holder;
    clients.rooms.observe({
      created: (room) => this.#hold(room, roomChannel(room)),
      emptied: (room) => this.#release(roomChannel(room)),
    });
    clients.users.observe({
      online: (userId) => this.#hold(userId, userChannel(userId)),
      offline: (userId) => this.#release(userChannel(userId)),
    });
  }

  /** Whether there is a receiver here for what comes by a channel. */
  needs(channel: string): boolean {
    const read = readChannel(channel);
    if (read?.kind === 'all') return true;
    if (read?.kind === 'room') return this.#clients.rooms.size(read.name) > 0;
    return read?.kind === 'user' && this.#clients.users.byUser(read.name).size > 0;
  }

  #hold(name: string, channel: string): void {
    if (name.length > MAX_NAME_LENGTH || this.#held.has(channel)) return;
    this.#held.add(channel);
    this.#holder.hold(channel);
  }

  #release(channel: string): void {
    if (this.#held.delete(channel)) this.#holder.release(channel);
  }
}
