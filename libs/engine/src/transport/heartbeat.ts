import { CloseCauses } from '../protocol/close-causes.js';
import { WheelTimer, now } from '../runtime/timer-wheel.js';

/** The times of one connection, in milliseconds; 0 switches each off. See `TransportLimits`. */
export interface HeartbeatTimes {
  readonly pingInterval: number;
  readonly pongTimeout: number;
  readonly idleTimeout: number;
  readonly maxLifetime: number;
  readonly closeTimeout: number;
  readonly sendStallTimeout: number;
  readonly sendStallBytes: number;
}

/** The connection whose times these are. */
export interface HeartbeatOwner {
  ping(): unknown;
  /** When the peer last took bytes, or -1 while nothing waits for it. */
  stalledSince(): number;
  /** Bytes that wait for it. */
  readonly bufferedAmount: number;
  /** Whether nothing is left to be told or to be heard: only the socket's end is waited for. */
  readonly hasSaidAll: boolean;
  /** Whether the socket is being read; while it is not, silence proves nothing. */
  isReading(): boolean;
  /** Whether the application wants no messages for now. */
  readonly isPaused: boolean;
  /** Reads a little of a socket that is not read: a peer that is gone shows only there. */
  look(): unknown;
  /** Begins the closing handshake. */
  close(code: number, reason: string): void;
  /** Ends it at once, for its peer cannot be told any more: `code` is what the listener hears. */
  giveUp(code: number, why: string, errorCode: string): void;
  /** Ends it at once, with what it has learned so far. */
  terminate(): void;
}

/** Lifetimes end up to this share early, so that connections opened together do not return together. */
const LIFETIME_JITTER = 0.1;

/**
 * Milliseconds between looks for the peer of a paused connection without pings: as many as npm `ws` gives a
 * closing handshake. With pings each ping is followed by a look.
 */
const LOOK_INTERVAL = 30_000;

/** Milliseconds a peer that was told everything has to end its socket; the closing handshake may have more. */
const LINGER = 5_000;

/** Looks for how much waits, in the time that a peer may take nothing. */
const STALL_LOOKS = 10;

/**
 * All deadlines of one connection on one timer. Traffic only stamps `lastReceived`; when the timer
 * fires, it looks which deadline is due and sleeps until the next.
 */
export class Heartbeat extends WheelTimer {
  lastReceived = now();
  /** Milliseconds from the last ping to its pong, -1 before the first. */
  latency = -1;

  private pingedAt = -1;
  private lastPing = this.lastReceived;
  private closingSince = -1;
  private readonly endsAt: number;

  constructor(
    private readonly times: HeartbeatTimes,
    private readonly owner: HeartbeatOwner,
  ) {
    super();
    const { maxLifetime } = times;
    this.endsAt =
      maxLifetime > 0
        ? this.lastReceived + maxLifetime * (1 - LIFETIME_JITTER * Math.random())
        : Infinity;
    this.sleep(this.lastReceived);
  }

  pongReceived(): void {
    if (this.pingedAt < 0) return;
    this.latency = now() - this.pingedAt;
    this.pingedAt = -1;
  }

  /** The closing handshake has begun: from here on only its own deadline counts. */
  closing(): void {
    if (this.closingSince >= 0) return;
    this.closingSince = now();
    if (this.times.closeTimeout > 0) this.start(Math.min(this.times.closeTimeout, LINGER));
    else this.stop();
  }

  /** The application wants no messages for now. */
  paused(): void {
    if (this.times.pingInterval > 0 || this.closingSince >= 0) return;
    this.lastPing = now();
    this.startNoLaterThan(LOOK_INTERVAL);
  }

  /** Bytes wait for the peer to read. */
  blocked(): void {
    const { sendStallTimeout } = this.times;
    if (sendStallTimeout > 0 && this.closingSince < 0) this.startNoLaterThan(sendStallTimeout);
  }

  protected override expired(time: number): void {
    if (this.closingSince >= 0) {
      const left = this.closingSince + this.times.closeTimeout - time;
      const lingers = this.owner.hasSaidAll && time - this.closingSince >= LINGER;
      if (left <= 0 || lingers) this.owner.terminate();
      else this.start(Math.min(left, LINGER));
      return;
    }
    const { pingInterval, pongTimeout, idleTimeout, sendStallTimeout } = this.times;
    // Nothing is read: neither can a byte be seen, nor its absence.
    if (!this.owner.isReading()) this.lastReceived = time;
    const stalled = this.owner.stalledSince();
    if (
      sendStallTimeout > 0 &&
      stalled >= 0 &&
      time - stalled >= sendStallTimeout &&
      this.owner.bufferedAmount >= this.times.sendStallBytes
    ) {
      const { code, reason } = CloseCauses.NotReading;
      this.owner.giveUp(code, reason, 'WS_ERR_SEND_STALLED');
      return;
    }
    // Any byte after the ping proves that the peer lives; its pong may stand behind a large message.
    if (
      pongTimeout > 0 &&
      this.pingedAt >= 0 &&
      this.lastReceived <= this.pingedAt &&
      time - this.pingedAt >= pongTimeout
    ) {
      const { code, reason } = CloseCauses.PeerLost;
      this.owner.giveUp(code, reason, 'WS_ERR_PONG_TIMEOUT');
      return;
    }
    if (idleTimeout > 0 && time - this.lastReceived >= idleTimeout) {
      this.owner.close(CloseCauses.Idle.code, CloseCauses.Idle.reason);
      return;
    }
    if (time >= this.endsAt) {
      this.owner.close(CloseCauses.Lifetime.code, CloseCauses.Lifetime.reason);
      return;
    }
    const interval = this.interval();
    if (interval > 0 && time - this.lastPing >= interval) {
      this.lastPing = time;
      if (pingInterval > 0) {
        // A ping that nothing has answered goes on counting: its time may be longer than the interval.
        if (this.pingedAt < 0 || this.lastReceived > this.pingedAt) this.pingedAt = time;
        this.owner.ping();
      }
      // The ping may have been one message too many for the queue, so that the closing deadline runs.
      if (this.closingSince >= 0) return;
      this.owner.look();
    }
    this.sleep(time);
  }

  /** Milliseconds between pings or, where there are none, between looks; 0 for neither. */
  private interval(): number {
    const { pingInterval } = this.times;
    return pingInterval > 0 ? pingInterval : this.owner.isPaused ? LOOK_INTERVAL : 0;
  }

  private sleep(time: number): void {
    const { pongTimeout, idleTimeout, sendStallTimeout } = this.times;
    let due = this.endsAt;
    const interval = this.interval();
    if (interval > 0) due = Math.min(due, this.lastPing + interval);
    if (idleTimeout > 0) due = Math.min(due, this.lastReceived + idleTimeout);
    if (pongTimeout > 0 && this.pingedAt >= 0 && this.lastReceived <= this.pingedAt) {
      due = Math.min(due, this.pingedAt + pongTimeout);
    }
    const stalled = sendStallTimeout > 0 ? this.owner.stalledSince() : -1;
    if (stalled >= 0) {
      // Over time, but less waits than may: it is looked again whether more came.
      const next = Math.max(stalled + sendStallTimeout, time + sendStallTimeout / STALL_LOOKS);
      due = Math.min(due, next);
    }
    if (due < Infinity) this.start(Math.max(1, due - time));
  }
}
