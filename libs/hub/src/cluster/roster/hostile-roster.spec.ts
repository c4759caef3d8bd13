import { beforeEach, describe, expect, it } from '@jest/globals';
import { BusNetwork, type NetworkBus } from '../../testing-fixtures/bus-network.js';
import { MessageKind } from '../bus/message-kind.js';
import { MAX_META, type RosterEntry } from './roster-entry.js';
import { MAX_PEOPLE } from './roster-limits.js';
import { readAsks, readState, writeAsks, writeDelta, writeState } from './roster-message.js';
import { Roster } from './roster.js';

const ENTRY: RosterEntry = { connections: 1, since: 1, meta: new Uint8Array(0) };
const NONE = new Map<string, RosterEntry>();

let network: BusNetwork;
let roster: Roster;
let bus: NetworkBus;
/** A node that says whatever it likes. */
let liar: NetworkBus;
/** What the liar was told. */
let heard: { kind: MessageKind; payload: Uint8Array }[];
let told: string[];

const people = (count: number, from = 0): Map<string, RosterEntry> =>
  new Map(Array.from({ length: count }, (_one, index) => [`p${from + index}`, ENTRY]));

function delta(base: number, version: number, set = NONE, del: string[] = [], name = 'r:lobby') {
  const payload = writeDelta({ channel: name, base, version, set, del });
  liar.publish('r:lobby', MessageKind.RosterDelta, payload);
}

function state(version: number, entries: Map<string, RosterEntry>, part = 0, parts = 1): void {
  const payload = writeState({
    channel: 'r:lobby',
    version,
    part,
    parts,
    entries,
    counts: undefined,
  });
  liar.publish(`n:${bus.node}`, MessageKind.RosterState, payload);
}

const named = (): number => roster.get('r:lobby')?.replicas.get(liar.node)?.entries.size ?? 0;

beforeEach(async () => {
  network = new BusNetwork();
  bus = network.join();
  roster = new Roster(bus, network.clock);
  liar = network.join();
  heard = [];
  told = [];
  roster.watch('room', (_room, keys) => told.push(...keys));
  for (const kind of [MessageKind.RosterDelta, MessageKind.RosterAsk, MessageKind.RosterState]) {
    liar.on(kind, ({ payload }) => heard.push({ kind, payload: Uint8Array.from(payload) }));
  }
  await network.clock.advance(100);
  roster.set('r:lobby', 'ada', ENTRY);
  await network.clock.advance(1_000);
  heard.length = 0;
});

describe('a node that lies', () => {
  it('has at most 10,000 people, whatever it claims', async () => {
    for (let from = 0, version = 0; from < 200_000; from += 1_500) {
      delta(version, ++version, people(1_500, from));
    }
    await network.clock.advance(50_000);
    expect(named()).toBeLessThanOrEqual(MAX_PEOPLE);
    // However often something was missing, it was asked once a second at most.
    expect(heard.length).toBeLessThan(70);
    const counts = { people: 1_000_000, connections: 1_000_000 };
    const claim = { channel: 'r:lobby', version: 1_000, part: 0, parts: 1, entries: NONE, counts };
    liar.publish('r:lobby', MessageKind.RosterState, writeState(claim));
    await network.clock.advance(10);
    expect(roster.get('r:lobby')?.counts.people).toBe(1_000_001);
    network.crash(liar);
    await network.clock.advance(15_000);
    expect(roster.get('r:lobby')?.counts.people).toBe(1);
  });

  it('is not believed a state of more than that, nor one whose end never comes', async () => {
    for (let part = 0; part < 8; part++) state(5, people(1_500, part * 1_500), part, 8);
    await network.clock.advance(10);
    expect(named()).toBe(0);
    for (let version = 10; version < 2_000; version++) state(version, people(100), 0, 1_024);
    await network.clock.advance(10);
    expect(named()).toBe(0);
    state(3_000, people(3));
    await network.clock.advance(10);
    expect(named()).toBe(3);
  });

  it('cannot go back to an earlier version, by any message', async () => {
    delta(0, 5, people(2));
    await network.clock.advance(10);
    delta(0, 4, people(9));
    delta(3, 4, people(9));
    state(4, people(9));
    state(5, people(9));
    delta(5, 5, people(9));
    await network.clock.advance(10);
    expect(named()).toBe(2);
    expect(told).toEqual(['p0', 'p1']);
  });

  it('that claims a version far ahead is asked a few times, and the truth still gets through', async () => {
    delta(0, 5, people(2));
    delta(2 ** 47, 2 ** 47 + 1, people(9));
    await network.clock.advance(120_000);
    const asks = heard.filter(({ kind }) => kind === MessageKind.RosterAsk);
    expect(asks.length).toBeLessThan(8);
    delta(5, 6, people(1, 2));
    await network.clock.advance(10);
    expect(named()).toBe(3);
  });

  it('cannot speak of channels that nobody holds, nor of one in another', async () => {
    delta(0, 1, people(2), [], 'r:other');
    liar.publish(`n:${bus.node}`, MessageKind.RosterState, statePayload('r:other'));
    liar.publish('a', MessageKind.RosterState, statePayload('u:nobody'));
    await network.clock.advance(10);
    expect(roster.size).toBe(1);
    expect(roster.ignored).toBe(1);
    expect(told).toEqual([]);
  });

  it('gets at most 16 MiB of answers in a second', async () => {
    const meta = new Uint8Array(20_000);
    for (let index = 0; index < 150; index++)
      roster.set('r:lobby', `m${index}`, { ...ENTRY, meta });
    await network.clock.advance(1_000);
    heard.length = 0;
    const ask = { channel: 'r:lobby', always: true, version: 0, known: new Map<string, number>() };
    const payload = writeAsks(Array.from({ length: 500 }, () => ask));
    liar.publish(`n:${bus.node}`, MessageKind.RosterAsk, payload);
    await network.clock.advance(10);
    const bytes = heard.reduce((sum, one) => sum + one.payload.length, 0);
    expect(bytes).toBeGreaterThan(3_000_000);
    expect(bytes).toBeLessThan(17 * 2 ** 20);
    expect(roster.ignored).toBeGreaterThan(400);
  });

  it('is ignored when its bytes are malformed, whatever they are', async () => {
    const valid = [
      [
        MessageKind.RosterDelta,
        writeDelta({ channel: 'r:lobby', base: 0, version: 9, set: people(3), del: ['x'] }),
      ],
      [MessageKind.RosterState, statePayload('r:lobby')],
      [
        MessageKind.RosterAsk,
        writeAsks([
          { channel: 'r:lobby', always: true, version: 3, known: new Map([[bus.node, 4]]) },
        ]),
      ],
    ] as const;
    let sent = 0;
    for (const [kind, payload] of valid) {
      for (let length = 0; length < payload.length; length++, sent++) {
        liar.publish(`n:${bus.node}`, kind, payload.subarray(0, length));
      }
      liar.publish(`n:${bus.node}`, kind, Buffer.concat([payload, Buffer.from([0])]));
      liar.publish(`n:${bus.node}`, kind, Buffer.alloc(64 * 1024, 0xff));
      sent += 2;
    }
    await network.clock.advance(10);
    expect(roster.ignored).toBe(sent);
    for (let round = 0; round < 5_000; round++) {
      const [kind, payload] = valid[round % 3] ?? valid[0];
      const bytes = Buffer.from(payload);
      bytes[Math.floor(network.clock.random() * bytes.length)] = Math.floor(
        network.clock.random() * 256,
      );
      liar.publish(`n:${bus.node}`, kind, bytes);
    }
    await network.clock.advance(10);
    expect(roster.get('r:lobby')?.own?.entries.size).toBe(1);
  });

  it('says nothing to whom nobody has been introduced', async () => {
    network.crash(liar);
    await network.clock.advance(15_000);
    const ghost = new Map([['ghost', ENTRY]]);
    const payload = writeDelta({ channel: 'r:lobby', base: 0, version: 50, set: ghost, del: [] });
    bus.receive({ from: liar.node, channel: 'r:lobby', payload }, MessageKind.RosterDelta);
    expect(named()).toBe(0);
    expect(roster.ignored).toBe(1);
  });
});

describe('a large state', () => {
  it('goes in messages of at most 64 KiB, and half of it is not taken for the whole', async () => {
    const meta = new Uint8Array(MAX_META);
    for (let index = 0; index < 30; index++) roster.set('r:lobby', `m${index}`, { ...ENTRY, meta });
    await network.clock.advance(1_000);
    const late = network.join();
    const other = new Roster(late, network.clock);
    await network.clock.advance(100);
    Object.assign(network.faults, { loss: 0.1, delay: [1, 200] });
    other.set('r:lobby', 'bob', ENTRY);
    const sizes = new Set<number>();
    for (let step = 0; step < 1_000; step++) {
      await network.clock.advance(40);
      sizes.add(other.get('r:lobby')?.replicas.get(bus.node)?.entries.size ?? 0);
      if (step === 500) network.faults.loss = 0;
    }
    expect([...sizes].toSorted((one, two) => one - two)).toEqual([0, 31]);
    const largest = Math.max(...heard.map(({ payload }) => payload.length));
    expect(largest).toBeLessThanOrEqual(64 * 1024);
  });

  it('is one that readers take as it was written', () => {
    const counts = { people: 1_000_000, connections: 2 ** 32 - 1 };
    const written = {
      channel: 'r:\ud800',
      version: 2 ** 48 - 1,
      part: 0,
      parts: 1,
      entries: NONE,
      counts,
    };
    expect(readState(writeState(written))).toEqual(written);
    const ask = {
      channel: 'u:__proto__',
      always: false,
      version: 0,
      known: new Map([[bus.node, 7]]),
    };
    expect(readAsks(writeAsks([ask, ask]))).toEqual([ask, ask]);
  });
});

function statePayload(channel: string): Uint8Array {
  return writeState({
    channel,
    version: 9,
    part: 0,
    parts: 1,
    entries: people(2),
    counts: undefined,
  });
}
