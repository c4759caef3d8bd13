import { describe, expect, it } from '@jest/globals';
import { assert, property, uint8Array } from 'fast-check';
import { ByteWriter } from '../../support/byte-writer.js';
import type { Clock } from '../../support/clock.js';
import { MessageKind } from '../bus/message-kind.js';
import type { VersionRange } from '../message/cluster-message.js';
import { writeHeartbeat } from './heartbeat.js';
import { Members } from './members.js';

const ADA = 'aaaaaaaaaaaaaaaa';
const BOB = 'bbbbbbbbbbbbbbbb';

function heartbeat(versions: VersionRange = { min: 1, max: 1 }): Buffer {
  const writer = new ByteWriter();
  writeHeartbeat(writer, {
    versions,
    name: 'node 😀',
    startedAt: 1_700_000_000_000,
    connections: 3,
    users: 2,
    rooms: 1,
    codecs: ['json', 'msgpack'],
  });
  return writer.done();
}

function setUp(versions: VersionRange = { min: 1, max: 1 }) {
  const told: string[] = [];
  let now = 0;
  let beat: (() => void) | undefined;
  const clock: Clock = {
    now: () => now,
    after: (_delay, call) => {
      beat = call;
      return call;
    },
    soon: (call) => call(),
    clear: () => (beat = undefined),
    random: () => 0,
  };
  const members = new Members({
    clock,
    versions,
    send: (kind, to) => told.push(`${MessageKind[kind]} ${to ?? 'all'}`),
    nodeUp: ({ id }) => told.push(`up ${id}`),
    nodeDown: ({ id }, said) => told.push(`down ${id} ${said}`),
  });
  const pass = (milliseconds: number): void => {
    for (let passed = 0; passed < milliseconds; passed += 2_000) {
      now += 2_000;
      beat?.();
    }
  };
  /** Between two beats. */
  const wait = (milliseconds: number): void => void (now += milliseconds);
  return { members, told, pass, wait };
}

describe('members', () => {
  it('say hello when the link is up, and answer it at once', () => {
    const { members, told } = setUp();
    members.up();
    expect(members.received(MessageKind.Hello, ADA, heartbeat())).toBeUndefined();
    expect(told).toEqual(['Hello all', `up ${ADA}`, `Heartbeat ${ADA}`]);
    members.received(MessageKind.Heartbeat, ADA, heartbeat());
    expect(told).toHaveLength(3);
    expect(members.peers.get(ADA)).toEqual({
      id: ADA,
      name: 'node 😀',
      startedAt: 1_700_000_000_000,
      connections: 3,
      users: 2,
      rooms: 1,
      codecs: ['json', 'msgpack'],
    });
  });

  it('are gone after 10 seconds of silence', () => {
    const { members, told, pass } = setUp();
    members.up();
    members.received(MessageKind.Heartbeat, ADA, heartbeat());
    pass(8_000);
    members.received(MessageKind.Heartbeat, BOB, heartbeat());
    expect(members.peers.size).toBe(2);
    pass(2_000);
    expect(told).toContain(`down ${ADA} false`);
    expect([...members.peers.keys()]).toEqual([BOB]);
    members.received(MessageKind.Heartbeat, ADA, heartbeat());
    expect(told.filter((one) => one === `up ${ADA}`)).toHaveLength(2);
  });

  it('are not gone before 10 seconds of silence, whenever they were heard', () => {
    const { members, told, pass, wait } = setUp();
    members.up();
    wait(1_900);
    members.received(MessageKind.Heartbeat, ADA, heartbeat());
    // The next beat comes 100 ms later; then 2,000 ms each.
    wait(-1_900);
    pass(10_000);
    expect(told).not.toContain(`down ${ADA} false`);
    pass(2_000);
    expect(told).toContain(`down ${ADA} false`);
  });

  it('are not gone because our own link is', () => {
    const { members, told, pass } = setUp();
    members.up();
    members.received(MessageKind.Heartbeat, ADA, heartbeat());
    pass(8_000);
    members.down();
    pass(60_000);
    members.up();
    pass(8_000);
    expect(told.some((one) => one.startsWith('down'))).toBe(false);
    pass(2_000);
    expect(told).toContain(`down ${ADA} false`);
  });

  it('say goodbye, and a late heartbeat does not bring them back', () => {
    const { members, told } = setUp();
    members.up();
    members.received(MessageKind.Heartbeat, ADA, heartbeat());
    members.received(MessageKind.Bye, ADA, Buffer.alloc(0));
    members.received(MessageKind.Heartbeat, ADA, heartbeat());
    expect(told.slice(1)).toEqual([`up ${ADA}`, `down ${ADA} true`]);
    members.bye();
    expect(told.at(-1)).toBe('Bye all');
  });

  it('speak the highest version that all of them know', () => {
    const { members } = setUp({ min: 1, max: 3 });
    expect(members.version).toBe(3);
    members.received(MessageKind.Heartbeat, ADA, heartbeat({ min: 2, max: 7 }));
    expect(members.version).toBe(3);
    members.received(MessageKind.Heartbeat, BOB, heartbeat({ min: 1, max: 2 }));
    expect(members.version).toBe(2);
    members.received(MessageKind.Bye, BOB, Buffer.alloc(0));
    expect(members.version).toBe(3);
    expect(members.received(MessageKind.Heartbeat, BOB, heartbeat())).toBeUndefined();
    expect(
      members.received(MessageKind.Heartbeat, 'c'.repeat(16), heartbeat({ min: 4, max: 5 })),
    ).toBe('version');
  });

  it('are a thousand at most, and nothing but heartbeats are believed', () => {
    const { members } = setUp();
    for (let index = 0; index < 1_100; index++) {
      const id = index.toString(16).padStart(16, '0');
      const reason = members.received(MessageKind.Heartbeat, id, heartbeat());
      expect(reason).toBe(index < 1_024 ? undefined : 'nodes');
    }
    assert(
      property(uint8Array({ maxLength: 60 }), (bytes) => {
        members.received(MessageKind.Hello, ADA, bytes);
      }),
    );
    expect(members.received(MessageKind.Heartbeat, ADA, heartbeat().subarray(0, 20))).toBe(
      'malformed',
    );
  });
});
