import { readChannel, roomChannel, userChannel } from '../../../libs/hub/src/broker/channel.js';
import { channelsOf } from '../../../libs/hub/src/cluster/message/address-channels.js';
import type { Address } from '../../../libs/hub/src/rooms/address.js';
import type { ModelClient, ModelNode } from './model-node.js';
import type { SimulatedServer } from './simulated/simulated-server.js';
import type { Violations } from './violations.js';
import { kAt } from '../../../libs/hub/src/support/own-names.js';

/** Acknowledged broadcasts are kept so many milliseconds for a server that comes back empty. */
const KEPT_FOR = 5_000;
/** And bytes, of the padding of a flood. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** Milliseconds after which a broadcast is too late, at most once; and what passes until it is dropped. */
const LATE = 10_000 + 500;

/** A receiver that has to get a broadcast, unless it goes before it has come. */
interface Due {
  readonly client: ModelClient;
  /** The channel by which it comes, and for a room since when the client is in it. */
  readonly channel: string;
  readonly turn: number | undefined;
}

interface Sent {
  readonly id: number;
  readonly publisher: ModelNode;
  readonly seq: number;
  readonly at: number;
  readonly address: Address;
  readonly channels: readonly string[];
  readonly due: readonly Due[];
  /** Of padding. */
  readonly bytes: number;
}

interface BroadcastOptions {
  /** Is told of everything else that a client hears. */
  readonly heard: (client: ModelClient, message: Record<string, unknown>) => void;
  readonly atLeastOnce: boolean;
  /** Messages get lost in sessions that go on: nobody can know of the first of a channel. */
  readonly silentLoss: boolean;
}

/** All broadcasts of a run, who has to get them, and who did. */
export class Broadcasts {
  readonly #server: SimulatedServer;
  readonly #nodes: readonly ModelNode[];
  readonly #violations: Violations;
  readonly #options: BroadcastOptions;
  readonly #sent: Sent[] = [];

  constructor(
    server: SimulatedServer,
    nodes: readonly ModelNode[],
    violations: Violations,
    options: BroadcastOptions,
  ) {
    this.#server = server;
    this.#nodes = nodes;
    this.#violations = violations;
    this.#options = options;
  }

  get count(): number {
    return this.#sent.length;
  }

  send(publisher: ModelNode, given: Partial<Address>, padding?: string): void {
    const address: Address = {
      rooms: [],
      users: [],
      everyone: false,
      exceptRooms: [],
      exceptIds: new Set(),
      ...given,
    };
    const channels = channelsOf(address);
    const id = this.#sent.length;
    const due = this.#nodes.flatMap((node) => this.#due(node, address));
    const at = this.#server.clock.now();
    const bytes = padding?.length ?? 0;
    this.#sent.push({ id, publisher, seq: ++publisher.seq, at, address, channels, due, bytes });
    const data = padding === undefined ? { id } : { id, padding };
    publisher.hub.broadcaster[kAt](address).send('cast', data);
    this.hear(publisher);
    for (const client of publisher.clients) {
      if (isAddressed(client, address) && !client.heard.has(id)) {
        this.#violations.add('local in the same turn', `broadcast ${id} of ${publisher.id}`);
      }
    }
  }

  /** Looks at what the clients of a node have got. */
  hear(node: ModelNode): void {
    for (const client of node.clients) {
      const { heard } = client.transport;
      while (client.read < heard.length) {
        const message = heard[client.read++] ?? {};
        const { event, data } = message;
        if (event === 'cast') this.#heard(client, (data as { id: number }).id);
        if (event === '$gap') {
          client.warned.set((data as { room: string }).room, this.#server.clock.now());
        }
        if (event !== 'cast') this.#options.heard(client, message);
      }
    }
  }

  /** All is healed and has come to rest. */
  end(): void {
    for (const sent of this.#sent) {
      for (const due of sent.due) if (this.#isMissing(sent, due)) this.#missing(sent, due);
    }
    for (const node of this.#nodes) this.#warned(node);
  }

  /** Of what the broker never had, a node has said so. */
  drops(): void {
    const { acknowledged } = this.#server;
    for (const node of this.#nodes) {
      if (node.crashed) continue;
      const never = this.#sent.filter(
        ({ publisher, seq }) => publisher === node && !acknowledged.has(`${node.id} ${seq}`),
      ).length;
      const told = node.drops.reduce((sum, { messages }) => sum + messages, 0);
      if (never > told) {
        this.#violations.add('drops counted', `${never} and not ${told} at ${node.id}`);
      }
    }
  }

  #due(node: ModelNode, address: Address): Due[] {
    if (node.crashed || !node.wasUp) return [];
    return node.clients.flatMap((client) => {
      if (!isAddressed(client, address)) return [];
      const { subscribed } = node.path;
      const channels = channelsOf(address).filter((one) => comesBy(client, one));
      const channel = channels.find((one) => subscribed.has(one));
      if (channel === undefined) return [];
      return [{ client, channel, turn: turnOf(client, channel) }];
    });
  }

  #heard(client: ModelClient, id: number): void {
    const sent = this.#sent[id];
    const where = `${id} at ${client.name}`;
    if (sent === undefined) return;
    if (client.heard.has(id)) this.#violations.add('no doubles', where);
    client.heard.add(id);
    const { address, publisher, channels, seq } = sent;
    if (!isAddressed(client, address)) this.#violations.add('addressed', where);
    // What went to several channels and was sent again may be late in some of them, in one it is not.
    const mine = channels.filter((channel) => comesBy(client, channel));
    const lasts = mine.map((channel) => client.lasts.get(`${publisher.id} ${channel}`) ?? 0);
    // Nobody promises anything of what was sent before it was there.
    const isDue =
      sent.due.some((due) => due.client === client) &&
      !(this.#options.silentLoss && channels.length > 1);
    if (isDue && lasts.length > 0 && lasts.every((last) => last > seq)) {
      this.#violations.add(
        'order',
        `${where}: ${seq} after ${lasts.join()} of ${publisher.id} ${mine.join()}`,
      );
    }
    // Of a channel whose first got lost in silence, a copy of another channel says nothing.
    if (this.#options.silentLoss && channels.length > 1) return;
    for (const channel of mine) {
      const key = `${publisher.id} ${channel}`;
      client.lasts.set(key, Math.max(seq, client.lasts.get(key) ?? 0));
    }
  }

  #isMissing({ id, at, address }: Sent, { client, channel, turn }: Due): boolean {
    if (client.heard.has(id) || client.node.crashed) return false;
    if (!client.node.clients.includes(client)) return false;
    if (turnOf(client, channel) !== turn) return false;
    // It may have been in one of them when it came.
    return !address.exceptRooms.some(
      (room) => client.rooms.has(room) || (client.left.get(room) ?? 0) >= at,
    );
  }

  #missing(sent: Sent, { client, channel }: Due): void {
    const { node } = client;
    const { publisher, at, id, seq } = sent;
    // Who came and went while a node was away is never heard of there.
    if (publisher.crashed && !node.met.has(publisher.id)) return;
    const gone = node.downs.some(
      (down) => down.node === publisher.id && (down.at >= at || publisher.crashed),
    );
    const gap = node.gaps.find(
      (one) =>
        one.node === publisher.id &&
        one.toldAt >= at &&
        one.until >= at &&
        // It may have waited in an outbox until it was too late.
        (this.#options.atLeastOnce || one.since - LATE <= at) &&
        covers(one, channel),
    );
    const what = `broadcast ${id} (${seq} of ${publisher.id}, ${channel}) at ${node.id}, sent at ${this.#time(at)}`;
    if (!gone && gap === undefined && !this.#isFirst(sent, node, channel)) {
      this.#violations.add('gaps announced', what);
    }
    const dropped = publisher.drops.some(
      (one) => covers(one, channel) && one.since <= at && one.until >= at,
    );
    if (!this.#options.atLeastOnce || publisher.crashed || dropped) return;
    if (this.#isLostWithServer(sent) || this.#isLostTwice(sent, gap)) return;
    if (!this.#isFirst(sent, node, channel)) {
      this.#violations.add('nothing lost', `${what}, ${gap?.reason ?? 'no gap'}`);
    }
  }

  #time(at: number): number {
    return at - 1_700_000_000_000;
  }

  /**
   * Nobody on the node had got anything by this channel since it is followed: nothing shows that one is
   * missing.
   */
  #isFirst({ publisher, seq }: Sent, node: ModelNode, channel: string): boolean {
    if (!this.#options.silentLoss) return false;
    const since = node.followedSince.get(channel) ?? 0;
    return !this.#sent.some(
      (one) =>
        one.publisher === publisher &&
        one.seq < seq &&
        one.at >= since &&
        one.channels.length === 1 &&
        one.channels.includes(channel) &&
        node.clients.some((client) => client.heard.has(one.id)),
    );
  }

  /** The server had acknowledged it long before it lost what it had. */
  #isLostWithServer({ publisher, seq, at }: Sent): boolean {
    const { ends, acknowledged } = this.#server;
    const known = acknowledged.get(`${publisher.id} ${seq}`);
    return ends.some((end) => {
      if (end < at) return false;
      if (known === undefined) return false;
      const noticed = publisher.linkDowns.find((down) => down >= end) ?? Infinity;
      if (this.#bytesBehind(publisher, seq, noticed) > KEPT_BYTES) return true;
      return publisher.linkDowns.some((down) => down <= noticed && down - known >= KEPT_FOR);
    });
  }

  /** What was sent behind it: more than a publisher keeps pushes it out of what it would send again. */
  #bytesBehind(publisher: ModelNode, seq: number, until: number): number {
    return this.#sent
      .filter((one) => one.publisher === publisher && one.seq > seq && one.at <= until)
      .reduce((bytes, one) => bytes + one.bytes, 0);
  }

  /** On the way to one node, in a session that went on, and out of the log, with the server. */
  #isLostTwice({ at }: Sent, gap: ModelNode['gaps'][number] | undefined): boolean {
    if (!this.#options.silentLoss || gap?.reason !== 'expired') return false;
    return this.#server.ends.some((end) => end >= at && end <= gap.toldAt);
  }

  #warned(node: ModelNode): void {
    if (node.crashed) return;
    for (const { rooms, toldAt, node: from } of node.gaps) {
      for (const client of node.clients) {
        for (const [room] of client.rooms) {
          if (rooms !== 'all' && !rooms.includes(room)) continue;
          if ((client.joinedAt.get(room) ?? 0) > toldAt) continue;
          if ((client.warned.get(room) ?? 0) >= toldAt) continue;
          this.#violations.add('gaps told to members', `${room} of ${from} at ${node.id}`);
        }
      }
    }
  }
}

function turnOf(client: ModelClient, channel: string): number | undefined {
  const read = readChannel(channel);
  return read?.kind === 'room' ? client.rooms.get(read.name) : undefined;
}

function comesBy(client: ModelClient, channel: string): boolean {
  if (channel === 'a') return true;
  if (client.user !== undefined && channel === userChannel(client.user)) return true;
  return [...client.rooms.keys()].some((room) => channel === roomChannel(room));
}

function isAddressed(client: ModelClient, address: Address): boolean {
  const { rooms, users, everyone, exceptRooms, exceptIds } = address;
  if (exceptIds.has(client.connection.id)) return false;
  if (exceptRooms.some((room) => client.rooms.has(room))) return false;
  if (everyone || rooms.some((room) => client.rooms.has(room))) return true;
  return client.user !== undefined && users.includes(client.user);
}

function covers(
  gap: { readonly rooms: readonly string[] | 'all'; readonly users: readonly string[] },
  channel: string,
): boolean {
  if (gap.rooms === 'all') return true;
  const read = readChannel(channel);
  if (read?.kind === 'room') return gap.rooms.includes(read.name);
  return read?.kind === 'user' && gap.users.includes(read.name);
}
