import { WheelTimer } from '#engine';

export interface KeepAliveOwner {
  /** Bytes received so far: some may be of a message that is not complete yet. */
  readonly bytesRead: number;
  /** Whether nothing is read; then silence proves nothing. */
  readonly isPaused: boolean;
  sendPing(): void;
  peerIsSilent(): void;
}

/**
 * Pings a peer that has been silent, and reports it when it stays so. Traffic only leaves a stamp; the
 * timer looks at it when it fires.
 */
export class KeepAlive extends WheelTimer {
  private heardAt = performance.now();
  private lookedAt = this.heardAt;
  private bytesSeen: number;
  // When the last ping was sent, -1 once anything was heard since.
  private pingedAt = -1;

  /**
   * @param interval milliseconds of silence before a ping
   * @param grace milliseconds of silence after it before the peer is reported; 0 = never
   */
  constructor(
    private readonly interval: number,
    private readonly grace: number,
    private readonly owner: KeepAliveOwner,
  ) {
    super();
    this.bytesSeen = owner.bytesRead;
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
    else if (time - this.pingedAt >= this.grace) this.owner.peerIsSilent();
    // An answer counts from when it came, so it is looked for before the grace period is over.
    else this.sleepUntil(Math.min(this.pingedAt + this.grace, time + this.interval), time);
  }

  /** A large message may take long to become whole: its bytes are heard, too. */
  private look(time: number): void {
    const { bytesRead, isPaused } = this.owner;
    const unstamped = bytesRead !== this.bytesSeen && this.heardAt <= this.lookedAt;
    if (isPaused || unstamped) this.heardAt = time;
    this.bytesSeen = bytesRead;
    this.lookedAt = time;
  }

  private pingWhenDue(time: number): void {
    const due = Math.max(this.heardAt, this.pingedAt) + this.interval;
    if (time < due) {
      this.sleepUntil(due, time);
      return;
    }
    this.pingedAt = time;
    this.start(this.grace > 0 ? Math.min(this.grace, this.interval) : this.interval);
    this.owner.sendPing();
  }

  private sleepUntil(due: number, time: number): void {
    this.start(Math.max(1, due - time));
  }
}
