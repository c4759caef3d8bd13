import type { Clock, Timer } from '../../support/clock.js';
import type { NodeInfo } from '../bus/cluster-bus.js';
import { MessageKind } from '../bus/message-kind.js';
import { readPayload, type VersionRange } from '../message/cluster-message.js';
import type { IgnoredReason } from '../bus/ignored-reason.js';
import { readHeartbeat, type Heartbeat } from './heartbeat.js';

/** Milliseconds. */
const HEARTBEAT_INTERVAL = 2_000;
/** Milliseconds of silence, counted while our own link is up. */
const DEAD_AFTER = 10_000;
/** Nodes there may be; more are not believed. */
const MAX_NODES = 1_024;
/** Nodes that have said goodbye and whose late heartbeats mean nothing. */
const MAX_GONE = 1_024;

interface Member {
  readonly info: NodeInfo;
  readonly versions: VersionRange;
  /** Milliseconds, as of the last beat. */
  silence: number;
  heardAt: number;
}

interface MembersHost {
  readonly clock: Clock;
  readonly versions: VersionRange;
  /** @param to a node; undefined for all */
  send(kind: MessageKind.Heartbeat | MessageKind.Hello | MessageKind.Bye, to?: string): void;
  nodeUp(node: NodeInfo): void;
  /** @param said whether it said goodbye */
  nodeDown(node: NodeInfo, said: boolean): void;
}

/** Who is there: every node says so every 2 seconds. */
export class Members {
  readonly peers = new Map<string, NodeInfo>();
  readonly #host: MembersHost;
  readonly #members = new Map<string, Member>();
  readonly #gone = new Set<string>();
  #version: number;
  #timer: Timer;
  #beatAt = 0;

  constructor(host: MembersHost) {
    this.#host = host;
    this.#version = host.versions.max;
  }

  /** The highest that all nodes speak. */
  get version(): number {
    return this.#version;
  }

  /** The link is up: asks who is there. */
  up(): void {
    const { clock } = this.#host;
    const now = clock.now();
    // They have lost the broker as well, and need time to come back.
    for (const member of this.#members.values())
      Object.assign(member, { silence: 0, heardAt: now });
    this.#beatAt = now;
    this.#host.send(MessageKind.Hello);
    clock.clear(this.#timer);
    this.#schedule();
  }

  /** The link is down: nobody can be heard. */
  down(): void {
    this.#host.clock.clear(this.#timer);
    this.#timer = undefined;
  }

  /** Says goodbye. */
  bye(): void {
    this.down();
    this.#host.send(MessageKind.Bye);
  }

  /** @returns why it is not used, where it is not */
  received(kind: MessageKind, node: string, payload: Uint8Array): IgnoredReason | undefined {
    if (kind === MessageKind.Bye) {
      this.#leave(node, true);
      return undefined;
    }
    if (this.#gone.has(node)) return undefined;
    const beat = readPayload(payload, readHeartbeat);
    if (beat === undefined) return 'malformed';
    const { min, max } = this.#host.versions;
    if (beat.versions.min > max || beat.versions.max < min) return 'version';
    if (!this.#members.has(node) && this.#members.size >= MAX_NODES) return 'nodes';
    this.#alive(node, beat);
    if (kind === MessageKind.Hello) this.#host.send(MessageKind.Heartbeat, node);
    return undefined;
  }

  #alive(node: string, { versions, ...about }: Heartbeat): void {
    const isNew = !this.#members.has(node);
    const info = { id: node, ...about };
    this.#members.set(node, { info, versions, silence: 0, heardAt: this.#host.clock.now() });
    this.peers.set(node, info);
    this.#agree();
    if (isNew) this.#host.nodeUp(info);
  }

  #leave(node: string, said: boolean): void {
    if (said) this.#remember(node);
    const member = this.#members.get(node);
    if (member === undefined) return;
    this.#members.delete(node);
    this.peers.delete(node);
    this.#agree();
    this.#host.nodeDown(member.info, said);
  }

  #remember(node: string): void {
    this.#gone.add(node);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= MAX_GONE) return;
      this.#gone.delete(oldest);
    }
  }

  #agree(): void {
    const spoken = Array.from(this.#members.values(), ({ versions }) => versions.max);
    this.#version = Math.min(this.#host.versions.max, ...spoken);
  }

  #schedule(): void {
    this.#timer = this.#host.clock.after(HEARTBEAT_INTERVAL, () => {
      this.#schedule();
      this.#beat();
    });
  }

  #beat(): void {
    const now = this.#host.clock.now();
    const before = this.#beatAt;
    this.#beatAt = now;
    this.#host.send(MessageKind.Heartbeat);
    for (const [node, member] of this.#members) {
      // A process that stood still has heard nothing either.
      const passed = Math.max(0, now - Math.max(before, member.heardAt));
      member.silence += Math.min(passed, HEARTBEAT_INTERVAL * 2);
      if (member.silence >= DEAD_AFTER) this.#leave(node, false);
    }
  }
}
