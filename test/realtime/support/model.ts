import { inspect, isDeepStrictEqual } from 'node:util';
import { SendResult } from '#engine';
import { Hub, MessageRouter, type Connection } from '#hub';
import type { FakeTransport } from '../../../libs/hub/src/testing-fixtures/fake-transport.js';
import { connect, turn } from '../../../libs/hub/src/testing-fixtures/fake-upgrade.js';
import {
  HOUR,
  place,
  random,
  samePlace,
  ScriptedStores,
  type Answers,
  type Kept,
  type Learned,
  type Place,
} from './scripted-stores.js';
import { kCore } from '../../../libs/hub/src/connection/connection-core.js';

const HISTORY_ROOMS = ['h0', 'h1', 'h2', 'latest'];
const PLAIN_ROOMS = ['p0', 'p1', 'p2'];
const PRESENCE_ROOMS = ['q0', 'q1'];
const USERS = ['ada', 'bob', 'eve', undefined];

/** What one client has been told of a room with a history. */
interface Told {
  member: boolean;
  /** How much of the room's log it has. */
  next: number;
  epoch: string;
  /** Messages announced by `$joined` that have not come yet, and the offset of the next. */
  replay: number;
  offset: number;
}

interface Client {
  readonly connection: Connection;
  readonly transport: FakeTransport;
  readonly told: Map<string, Told>;
  readonly joins: { room: string; epoch: string; offset: number }[];
  readonly plain: Set<string>;
  readonly present: Set<string>;
  readonly people: Map<string, Map<string, unknown>>;
  readonly dropped: Set<number>;
  readonly mails: { serial: number; user: string | undefined; acknowledged: boolean }[];
  /** Serials by the numbers to acknowledge. */
  readonly numbers: Map<number, number>;
  readonly casts: number[];
  readonly asked: { id: string; outcome: Promise<unknown>; answer: string | undefined }[];
  /** Who it is, and since which step. */
  user: string | undefined;
  since: number;
  read: number;
  slow: boolean;
}

interface SentMail {
  readonly user: string;
  readonly step: number;
  readonly acknowledge: boolean;
}

/** A hub, what happens to it, and what must be true of it. */
export class Model {
  readonly hub: Hub;
  steps = 0;
  readonly #next: () => number;
  readonly #endpoint;
  readonly #stores: ScriptedStores;
  readonly #clients: Client[] = [];
  readonly #except = new Map<number, readonly string[]>();
  readonly #places: Place[] = [];
  readonly #mail = new Map<number, SentMail>();
  /** The last step in which mail of a user may have gone astray: overflow, expiry, a failing store. */
  readonly #disturbed = new Map<string, number>();
  #serial = 0;
  #accepted = 0;
  #droppedMessages = 0;
  #closedSlow = 0;
  readonly #unexpected: unknown[] = [];

  constructor(seed: number, answers: Answers) {
    this.#next = random(seed);
    const stores = new ScriptedStores(this.#next, answers, (user) => this.#disturb(user));
    this.#stores = stores;
    this.hub = new Hub({
      history: {
        store: stores.history(3, 3_000),
        maxMessages: 8,
        maxBytes: 600,
        maxAge: 2 * HOUR,
        room: (room) => (room === 'latest' ? { latestOnly: true } : undefined),
      },
      mailbox: {
        store: stores.mailbox(3, 10_000),
        maxMessages: 5,
        ttl: 2.5 * HOUR,
        onDropped: (user) => this.#disturb(user),
      },
      presence: { store: stores.presence() },
      onError: (error) => {
        if (!String(error).includes('as planned')) this.#unexpected.push(error);
      },
    });
    this.#endpoint = this.hub.endpoint({
      router: new MessageRouter([]),
      concurrency: 2,
      access: { canJoin: () => ({ latest: 3 }) },
    });
    this.hub.rooms.observe({
      // What a welcome says is of the room's history like anything else.
      joined: (room) => {
        if (room === 'h2') this.#publish(room, []);
      },
    });
  }

  /** Makes something happen. */
  async step(): Promise<void> {
    this.steps++;
    this.#forget();
    const client = this.#pick(this.#clients);
    const room = this.#pick(HISTORY_ROOMS) ?? 'h0';
    const what = Math.floor(this.#next() * 26);
    if (client === undefined || what < 2) this.#connect();
    else if (what < 3) this.#cut(client);
    else if (what < 6) this.#join(client, room);
    else if (what < 7) this.#leave(client, room);
    else if (what < 11) this.#publish(room, this.#next() < 0.2 ? [client.connection] : []);
    else if (what < 12) this.#plain(client);
    else if (what < 13) this.#broadcast(client);
    else if (what < 15) this.#send();
    else if (what < 16) this.#acknowledge(client);
    else if (what < 18) this.#track(client);
    else if (what < 19) this.#slower(client);
    else if (what < 20) this.#ask(client);
    else if (what < 21) this.#reply(client);
    else if (what < 22) this.#signIn(client);
    else if (what < 23) this.#forgetful(room);
    else this.#stores.answer(1 + Math.floor(this.#next() * 4));
    if (this.#next() < 0.5) await turn();
    this.#hear();
    this.#compare();
  }

  /** Lets everything come to rest, and compares what there is with what there must be. */
  async rest(): Promise<void> {
    this.#stores.resting = true;
    for (let quiet = 0; quiet < 4; quiet++) {
      for (const { transport } of this.#clients)
        if (transport.bufferedAmount > 0) transport.drain();
      if (this.#stores.waiting > 0) quiet = 0;
      this.#stores.answerAll();
      await turn();
    }
    this.#hear();
    this.#compare();
    for (const client of this.#clients) {
      for (const room of HISTORY_ROOMS) this.#isComplete(client, room);
      for (const room of PRESENCE_ROOMS) await this.#knows(client, room);
      this.#hasMail(client);
    }
    for (const user of USERS) {
      if (user === undefined) continue;
      const waiting = this.hub.mailbox.waiting(user);
      this.#stores.answerAll();
      const count = (await waiting).length;
      if (count > 5) this.#fail(`${count} mails wait for ${user}`);
    }
    this.#stores.resting = false;
    if (this.#unexpected.length > 0) this.#fail(`reported: ${String(this.#unexpected[0])}`);
  }

  /** Ends all of it, by a drain or by a cut of every client, and looks for what is left. */
  async end(drain: boolean): Promise<void> {
    const requests = this.#clients.flatMap(({ asked }) => asked);
    if (!drain) for (const { transport } of this.#clients.splice(0)) transport.end(1006, '', false);
    const closing = this.hub.close({ batchSize: 3, batchInterval: 0 }).then(() => 'closed');
    while ((await Promise.race([closing, turn()])) !== 'closed') {
      this.#stores.answerAll();
      for (const { transport } of this.#clients) transport.drain();
    }
    this.#stores.answerAll();
    await turn();
    for (const { outcome } of requests) await outcome;
    const { registry, rooms, presence, limits, stats } = this.hub;
    const left = {
      connections: registry.size,
      users: registry.users,
      rooms: rooms.count,
      present: presence.size,
      open: stats.connections.open,
      idle: limits.idle,
    };
    const none = { connections: 0, users: 0, rooms: 0, present: 0, open: 0, idle: true };
    this.#equal('what is left', left, none);
    this.#equal('accepted', stats.connections.accepted, this.#accepted);
  }

  #connect(): void {
    const user = this.#pick(USERS);
    const { connection, transport } = connect(this.#endpoint, { user });
    this.#accepted++;
    const client: Client = {
      connection,
      transport,
      told: new Map(),
      joins: [],
      plain: new Set(),
      present: new Set(),
      people: new Map(),
      dropped: new Set(),
      mails: [],
      numbers: new Map(),
      casts: [],
      asked: [],
      user,
      since: this.steps,
      read: 0,
      slow: false,
    };
    this.#limit(client);
    this.#clients.push(client);
  }

  /** A queue that is full: what may be dropped is, anything else closes. */
  #limit(client: Client): void {
    const { transport } = client;
    const send = transport.sendPrepared.bind(transport);
    transport.sendPrepared = (message, rule) => {
      if (!client.slow || transport.readyState !== 1) return send(message, rule);
      if (rule === undefined || rule.policy === 'close') {
        this.#closedSlow++;
        transport.fail(Object.assign(new Error('as planned'), { code: 'WS_ERR_SEND_QUEUE_FULL' }));
        transport.close(1013, 'Too slow');
        return SendResult.Closed;
      }
      const { data } = JSON.parse(String(message.payload)) as { data: unknown };
      if (typeof data === 'number') client.dropped.add(data);
      this.#droppedMessages++;
      transport.dropped(1, rule.policy);
      return SendResult.Dropped;
    };
  }

  #cut({ transport }: Client): void {
    if (this.#next() < 0.5) transport.end(1006, '', false);
    else transport.close();
  }

  #join(client: Client, room: string): void {
    const since = this.#since(room);
    if (since !== undefined) client.joins.push({ room, ...since });
    if (this.#next() < 0.6) {
      client.transport.event('$join', { room, ...since }, this.steps);
      return;
    }
    const join = (): void => {
      this.hub.history.join(client.connection, room, { since, latest: 2 }).catch(() => {});
    };
    join();
    if (this.#next() < 0.4) join();
  }

  #since(room: string): { epoch: string; offset: number } | undefined {
    const places = this.#places.filter((one) => one.room === room);
    const found = this.#next() < 0.5 ? places.at(-1) : this.#pick(places);
    if (found === undefined || this.#next() < 0.2) return undefined;
    const { epoch, offset } = found;
    const lie = this.#next();
    if (lie < 0.08) return { epoch, offset: offset + 1 + Math.floor(this.#next() * 3) };
    if (lie < 0.16) return { epoch: 'forged', offset };
    return { epoch, offset };
  }

  #leave(client: Client, room: string): void {
    if (this.#next() < 0.5) {
      client.transport.event('$leave', { room }, this.steps);
      return;
    }
    this.#hear();
    this.#left(client, room);
    this.hub.rooms.leave(client.connection, room);
  }

  #left({ told }: Client, room: string): void {
    const known = told.get(room);
    if (known !== undefined) known.member = false;
  }

  #publish(room: string, except: readonly Connection[]): void {
    const serial = ++this.#serial;
    this.#except.set(
      serial,
      except.map(({ id }) => id),
    );
    const policy = this.#next() < 0.5 ? 'drop-new' : undefined;
    this.hub.history.publish(room, 'said', serial, { except, policy }).catch(() => {});
  }

  #plain(client: Client): void {
    const room = this.#pick(PLAIN_ROOMS) ?? 'p0';
    if (client.plain.delete(room)) this.hub.rooms.leave(client.connection, room);
    else if (this.hub.rooms.join(client.connection, room)) client.plain.add(room);
  }

  #broadcast(client: Client): void {
    const [one, two] = [this.#pick(PLAIN_ROOMS) ?? 'p0', this.#pick(PLAIN_ROOMS) ?? 'p0'];
    const user = this.#pick(USERS) ?? 'ada';
    const without = this.#pick(PLAIN_ROOMS) ?? 'p0';
    const serial = ++this.#serial;
    const expected = this.#clients.filter(
      (each) =>
        (each.plain.has(one) || each.plain.has(two) || each.user === user) &&
        !each.plain.has(without) &&
        each !== client,
    );
    const open = expected.filter(({ transport }) => transport.readyState === 1);
    const fast = open.filter(({ slow }) => !slow);
    const result = this.hub.rooms
      .to(one)
      .to([two])
      .toUser(user)
      .except(client.connection, without)
      .send('cast', serial, { policy: 'drop-new' });
    this.#hear();
    this.#equal(
      'who heard it',
      this.#clients.filter(({ casts }) => casts.at(-1) === serial),
      fast,
    );
    this.#equal('how many', result, {
      sent: fast.length,
      queued: 0,
      dropped: open.length - fast.length,
      closed: expected.length - open.length,
    });
  }

  #send(): void {
    const user = this.#pick(USERS) ?? 'ada';
    const serial = ++this.#serial;
    const acknowledge = this.#next() < 0.5;
    this.#mail.set(serial, { user, step: this.steps, acknowledge });
    this.#stores.failNext = this.#next() < 0.1;
    if (this.#stores.failNext) this.#disturb(user);
    this.hub.mailbox.send(user, 'mail', serial, { acknowledge }).catch(() => {});
    this.#stores.failNext = false;
  }

  #acknowledge({ transport, numbers }: Client): void {
    const [number, serial] = this.#pick([...numbers]) ?? [];
    // Who has still to get it need not get it any more.
    if (serial !== undefined) this.#mail.delete(serial);
    transport.event('$ack', { mail: this.#next() < 0.8 ? number : 10_000 }, this.steps);
  }

  #track(client: Client): void {
    const { connection, present } = client;
    const room = this.#pick(PRESENCE_ROOMS) ?? 'q0';
    const way = this.#next();
    if (way < 0.7) {
      void this.hub.presence.track(connection, room, this.steps);
      if (connection[kCore].phase === 1) present.add(room);
      return;
    }
    if (way < 0.85) this.hub.rooms.leave(connection, room);
    else this.hub.presence.untrack(connection, room);
    present.delete(room);
  }

  #slower(client: Client): void {
    client.slow = !client.slow && this.#next() < 0.5;
    // Past the pace of mail, which then waits for a drain.
    client.transport.flushes = this.#next() < 0.6;
    client.transport.bufferedAmount = client.transport.flushes ? 0 : 100_000;
    if (client.transport.flushes) client.transport.drain();
  }

  #ask(client: Client): void {
    const before = client.transport.frames.length;
    const outcome = client.connection.request('ask', this.steps).catch((error: unknown) => error);
    const id = client.transport.frames.slice(before).at(-1)?.['id'];
    if (typeof id === 'string') client.asked.push({ id, outcome, answer: undefined });
  }

  /** An answer: its own, one it has given before, somebody else's, or a made-up one. */
  #reply(client: Client): void {
    const own = this.#pick(client.asked);
    const foreign = this.#pick(this.#clients.flatMap(({ asked }) => asked));
    for (const id of [foreign?.id, '$zz', 7]) {
      if (id !== own?.id && id !== undefined && !client.asked.some((one) => one.id === id))
        client.transport.event('$reply', 'forged', id);
    }
    // Nothing of a client is read before it has its mail.
    if (own === undefined || client.transport.readyState !== 1 || client.transport.paused) return;
    client.transport.event('$reply', `step ${this.steps}`, own.id);
    own.answer ??= `step ${this.steps}`;
    const { answer, outcome } = own;
    void outcome.then((value) => {
      if (value !== answer) this.#unexpected.push(`answered ${String(value)}, not ${answer}`);
    });
  }

  #signIn(client: Client): void {
    if (client.connection[kCore].phase !== 1) return;
    const user = this.#pick(USERS);
    if (user === client.user) return;
    this.#hear();
    client.user = user;
    client.since = this.steps;
    // Who signs in anew may be told what it was told before.
    client.mails.length = 0;
    client.connection.user = user;
  }

  #forgetful(room: string): void {
    if (this.#next() < 0.5) {
      this.#stores.hours++;
      for (const user of USERS) if (user !== undefined) this.#disturb(user);
      return;
    }
    if (this.#next() < 0.5) this.hub.history.clear(room).catch(() => {});
  }

  /** What the clients have been told since. */
  #hear(): void {
    for (const client of this.#clients) {
      for (; client.read < client.transport.heard.length; client.read++) {
        const { event, data, at, mail } = client.transport.heard[client.read] ?? {};
        if (event === '$joined') this.#joined(client, data as Place & { count: number });
        else if (event === '$leave') this.#left(client, (data as Place).room);
        else if (event === 'said') this.#said(client, at as Place, data as number);
        else if (event === 'cast') client.casts.push(data as number);
        else if (event === 'mail') this.#mailed(client, data as number, mail as number | undefined);
        else if (event === '$presence') this.#learned(client, data as Learned);
      }
    }
  }

  #joined(client: Client, data: Place & { count: number; recovered?: boolean }): void {
    const { room, epoch, offset, count, recovered } = data;
    const index = this.#stores.log.get(room)?.findIndex((kept) => samePlace(kept, data)) ?? -1;
    const zero = this.#stores.zero.get(`${room} ${epoch}`);
    const next = offset === 0 ? zero : index + 1;
    if (next === undefined || (offset > 0 && index < 0)) this.#fail(`unknown ${place(data)}`);
    if ((client.told.get(room)?.replay ?? 0) > 0) this.#fail(`${room} joined in a replay`);
    if (recovered === true && room !== 'latest') {
      const since = { room, epoch, offset: offset - count };
      if (!client.joins.some((one) => samePlace(one, since))) {
        this.#fail(`recovered from ${place(since)}, where it has not been`);
      }
    }
    const first = offset - count + 1;
    client.told.set(room, { member: true, next: next ?? 0, epoch, replay: count, offset: first });
  }

  #said(client: Client, at: Place, serial: number): void {
    this.#places.push(at);
    const { room } = at;
    const told = client.told.get(room);
    const log = this.#stores.log.get(room) ?? [];
    const index = log.findIndex((kept) => samePlace(kept, at));
    if (told?.member !== true) this.#fail(`heard ${place(at)} outside of the room`);
    if (log[index]?.serial !== serial) this.#fail(`${place(at)} is not ${serial}`);
    if (told === undefined) return;
    if (told.replay > 0) {
      if (at.epoch !== told.epoch || at.offset !== told.offset) {
        this.#fail(`${place(at)} came where offset ${told.offset} was due`);
      }
      told.replay--;
      told.offset++;
      return;
    }
    if (index < told.next) {
      // Kept before a room was forgotten, delivered after: nobody can tell which of the two was first.
      if (at.epoch === told.epoch) this.#fail(`${place(at)} came again`);
      return;
    }
    this.#mayHaveMissed(client, log.slice(told.next, index));
    told.next = index + 1;
  }

  #mayHaveMissed(client: Client, missed: readonly Kept[]): void {
    for (const kept of missed) {
      const left = this.#except.get(kept.serial)?.includes(client.connection.id) === true;
      if (kept.failed || left || client.dropped.has(kept.serial)) continue;
      this.#fail(`a client has not got ${place(kept)}`);
    }
  }

  #isComplete(client: Client, room: string): void {
    const told = client.told.get(room);
    if (client.transport.readyState !== 1) return;
    const member = this.hub.rooms.has(client.connection, room);
    if (told === undefined ? member : member !== told.member) this.#fail(`membership of ${room}`);
    if (told?.member !== true) return;
    if (told.replay > 0) this.#fail(`${told.replay} messages of ${room} have not come`);
    this.#mayHaveMissed(client, (this.#stores.log.get(room) ?? []).slice(told.next));
  }

  #mailed(client: Client, serial: number, number: number | undefined): void {
    const sent = this.#mail.get(serial);
    if (sent !== undefined && sent.user !== client.user) {
      this.#fail(`mail of ${sent.user} went to ${String(client.user)}`);
    }
    const acknowledged = number !== undefined;
    if (number !== undefined) client.numbers.set(number, serial);
    const again = client.mails.some((one) => one.serial === serial);
    if (again && !acknowledged) this.#fail(`mail ${serial} came twice`);
    const last = client.mails.findLast((one) => one.user === client.user && !one.acknowledged);
    // Mail that is being kept may be overtaken by mail that need not be.
    if (this.#stores.answers === 'at once' && !acknowledged && (last?.serial ?? 0) > serial) {
      this.#fail(`mail ${serial} came after ${last?.serial}`);
    }
    client.mails.push({ serial, user: client.user, acknowledged });
  }

  /** Whoever was there when mail was sent, and still is, has it. */
  #hasMail(client: Client): void {
    if (client.transport.readyState !== 1 || client.user === undefined) return;
    for (const [serial, { user, step }] of this.#mail) {
      if (user !== client.user || step <= client.since) continue;
      if (step <= (this.#disturbed.get(user) ?? 0)) continue;
      if (client.dropped.has(serial) || client.mails.some((one) => one.serial === serial)) continue;
      this.#fail(`a client of ${user} has not got mail ${serial}`);
    }
  }

  #learned({ people }: Client, { room, people: all, joined = [], left = [] }: Learned): void {
    const known = people.get(room) ?? new Map<string, unknown>();
    people.set(room, known);
    if (all !== undefined) known.clear();
    for (const one of [...(all ?? []), ...joined]) known.set(one.key, one);
    for (const key of left) known.delete(key);
  }

  async #knows(client: Client, room: string): Promise<void> {
    if (client.transport.readyState !== 1 || !client.present.has(room)) return;
    const asked = this.hub.presence.people(room);
    this.#stores.answerAll();
    const people = new Map((await asked).map((one) => [one.key, one]));
    const known = [...(client.people.get(room) ?? [])];
    this.#equal(`people of ${room}`, known.toSorted(byKey), [...people].toSorted(byKey));
  }

  #disturb(user: string): void {
    this.#disturbed.set(user, this.steps);
  }

  /** What must be true at any time. */
  #compare(): void {
    this.#forget();
    const { registry, rooms, stats } = this.hub;
    this.#equal('connections', registry.size, this.#clients.length);
    this.#equal('open', stats.connections.open, this.#clients.length);
    const users = new Set(this.#clients.flatMap(({ user }) => user ?? []));
    this.#equal('users', new Set(registry.userIds()), users);
    for (const user of users) {
      const own = this.#clients.filter((client) => client.user === user);
      this.#equal(user, registry.byUser(user).size, own.length);
    }
    for (const room of PLAIN_ROOMS) {
      const members = this.#clients.filter(({ plain }) => plain.has(room));
      this.#equal(room, rooms.size(room), members.length);
    }
    const { dropped, closed } = stats.slowConsumers;
    this.#equal('dropped', dropped['drop-new'], this.#droppedMessages);
    this.#equal('closed', closed.queue, this.#closedSlow);
    const joined = new Set(this.#clients.flatMap(({ connection }) => [...connection.rooms]));
    this.#equal('rooms', new Set(rooms.names()), joined);
  }

  /** Those that have closed. */
  #forget(): void {
    for (let index = this.#clients.length - 1; index >= 0; index--) {
      if (this.#clients[index]?.connection[kCore].phase === 2) this.#clients.splice(index, 1);
    }
  }

  #pick<One>(list: readonly One[]): One | undefined {
    return list[Math.floor(this.#next() * list.length)];
  }

  #equal(what: string, actual: unknown, expected: unknown): void {
    if (!isDeepStrictEqual(actual, expected)) {
      this.#fail(`${what}: ${show(actual)} is not ${show(expected)}`);
    }
  }

  #fail(why: string): never {
    throw new Error(`step ${this.steps}: ${why}`);
  }
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

const show = (value: unknown): string => inspect(value, { depth: 1, breakLength: Infinity });
