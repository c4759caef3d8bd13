import type { Socket } from 'node:net';
import { WheelTimer, type SocketTransport } from '#engine';
import type { ConnectionConfig } from '../config/config.js';
import { NodeCloseCauses } from './close-causes.js';

/** What of a connection is looked at, and done to it. */
export interface KeepAliveOwner {
  /** Some of the bytes received so far may be of a message that is not complete yet. */
  readonly socket: { readonly bytesRead: number };
  ping(): void;
  drop(reasonCode: number, description: string, skipCloseFrame: boolean): void;
}

/** What is asked of the connection's transport. */
export type Pausable = Pick<SocketTransport, 'isPaused' | 'look'>;

/**
 * Pings a peer that has been silent, and drops the connection when it stays so. Traffic only leaves a stamp; the
 * timer looks at it when it fires.
 */
export class KeepAlive extends WheelTimer {
  private heardAt = performance.now();
  private lookedAt = this.heardAt;
  private bytesSeen: number;
  // When the last ping was sent, -1 once anything was heard since.
  private pingedAt = -1;
  private lastPing = this.heardAt;
  // Whether a paused connection is read since the last ping: while none is, silence proves nothing.
  private looking = false;

  /**
   * @param interval milliseconds of silence before a ping
   * @param grace milliseconds of silence after it before the connection is dropped; 0 = never
   */
  constructor(
    private readonly interval: number,
    private readonly grace: number,
    private readonly owner: KeepAliveOwner,
    private readonly transport: Pausable,
  ) {
    super();
    this.bytesSeen = owner.socket.bytesRead;
    this.start(interval);
  }

  /** Something whole came from the peer. */
  heard(): void {
    this.heardAt = performance.now();
  }

  protected override expired(time: number): void {
    this.look(time);
    if (this.pingedAt >= 0 && this.heardAt > this.pingedAt) this.pingedAt = -1;
    if (this.pingedAt < 0 || this.grace === 0) this.pingWhenDue(time);
    else if (time - this.pingedAt >= this.grace) this.peerIsSilent();
    // An answer counts from when it came, so it is looked for before the grace period is over.
    else this.sleepUntil(Math.min(this.pingedAt + this.grace, time + this.interval), time);
  }

  /** A large message may take long to become whole: its bytes are heard, too. */
  private look(time: number): void {
    const { isPaused } = this.transport;
    const { bytesRead } = this.owner.socket;
    const heard = bytesRead !== this.bytesSeen;
    if (heard || !isPaused) this.looking = false;
    const isSilent = isPaused ? this.looking : !heard || this.heardAt > this.lookedAt;
    if (!isSilent) this.heardAt = time;
    this.bytesSeen = bytesRead;
    this.lookedAt = time;
  }

  private pingWhenDue(time: number): void {
    const { isPaused } = this.transport;
    // Nothing is heard of a paused connection, unless it is asked.
    const silentSince = isPaused ? this.lastPing : Math.max(this.heardAt, this.pingedAt);
    const due = silentSince + this.interval;
    if (time < due) {
      this.sleepUntil(due, time);
      return;
    }
    this.pingedAt = time;
    this.lastPing = time;
    this.start(this.grace > 0 ? Math.min(this.grace, this.interval) : this.interval);
    this.owner.ping();
    this.looking = isPaused && this.transport.look();
  }

  private peerIsSilent(): void {
    const { code, reason } = NodeCloseCauses.PeerLost;
    this.owner.drop(code, reason, true);
  }

  private sleepUntil(due: number, time: number): void {
    this.start(Math.max(1, due - time));
  }
}

/** What looks after a connection, by its options: null where nothing does, or TCP itself. */
export function startKeepAlive(
  socket: Socket,
  config: ConnectionConfig,
  owner: KeepAliveOwner,
  transport: Pausable,
): KeepAlive | null {
  if (!config.keepalive) return null;
  const { keepaliveInterval = 0, keepaliveGracePeriod = 0 } = config;
  if (config.useNativeKeepalive) {
    (socket as Partial<Socket>).setKeepAlive?.(true, keepaliveInterval);
    return null;
  }
  const grace = config.dropConnectionOnKeepaliveTimeout ? keepaliveGracePeriod : 0;
  return new KeepAlive(keepaliveInterval, grace, owner, transport);
}
