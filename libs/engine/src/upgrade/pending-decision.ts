import type { Duplex } from 'node:stream';
import { UsageError } from '../protocol/errors.js';
import { WheelTimer } from '../runtime/timer-wheel.js';
import { abandonSocket } from '../sending/http2-stream.js';

/**
 * Bytes of a client from which on nothing more is read before its upgrade is decided, but what Node has read
 * already: a chunk of 64 KiB. The rest is held by TCP.
 */
const ENOUGH_EARLY = 16 * 1024;

type Decided = 'accepted' | 'rejected' | 'aborted';

/** Told what it has to answer when nobody has decided. */
export interface DecisionOwner {
  /** The time is up; the decision is aborted after this. */
  timeUp(): void;
}

/**
 * What waits while somebody decides about an upgrade. The decision may take its time: nothing the
 * client sends meanwhile is parsed, and a client that leaves or a decision that does not come settles
 * it. It knows nothing of HTTP.
 */
export class PendingDecision extends WheelTimer {
  private current: 'pending' | Decided = 'pending';
  private abortCallbacks: (() => void)[] | null = null;
  private watching = false;

  /** @param early bytes that came behind the request in the same segment */
  constructor(
    private readonly owner: DecisionOwner,
    private readonly socket: Duplex,
    private early: Buffer,
  ) {
    super();
  }

  /** Looks at the socket, too: an end that came before anybody listened is never told again. */
  get state(): 'pending' | Decided {
    if (this.current === 'pending' && hasEnded(this.socket)) this.clientLeft();
    return this.current;
  }

  /** @param timeout milliseconds; 0 = no limit */
  begin(timeout: number): void {
    this.socket.on('close', this.clientLeft);
    if (timeout > 0) this.start(timeout);
    if (hasEnded(this.socket)) this.clientLeft();
    // Most upgrades are decided at once; only one that is not needs an eye on its client.
    else process.nextTick(watchClient, this);
  }

  /** Calls back when the client leaves, or the time is up, before a decision. */
  onAbort(callback: () => void): void {
    if (this.current === 'aborted') queueMicrotask(callback);
    else if (this.current === 'pending') (this.abortCallbacks ??= []).push(callback);
  }

  /** @throws {UsageError} when it is settled */
  assertPending(decision: 'accept' | 'reject'): void {
    const { state } = this;
    if (state === 'pending') return;
    throw new UsageError(`Cannot ${decision} the upgrade: it is ${state} already`);
  }

  /** @returns what the client has sent behind its request so far */
  accepted(): Buffer {
    this.settle('accepted');
    return this.early;
  }

  rejected(): void {
    this.settle('rejected');
  }

  protected override expired(): void {
    if (this.current !== 'pending') return;
    this.owner.timeUp();
    this.abort();
  }

  /**
   * Reads while the decision is pending, for an end is only seen by reading; what the client sends
   * early is kept for the connection, up to a bound at which reading stops.
   * @internal
   */
  watch(): void {
    if (this.state !== 'pending') return;
    this.watching = true;
    this.socket.on('data', this.earlyData);
    this.socket.on('end', this.clientLeft);
    if (this.early.length >= ENOUGH_EARLY) this.socket.pause();
  }

  private readonly earlyData = (chunk: Buffer): void => {
    this.early = this.early.length === 0 ? chunk : Buffer.concat([this.early, chunk]);
    if (this.early.length >= ENOUGH_EARLY) this.socket.pause();
  };

  private readonly clientLeft = (): void => {
    if (this.current !== 'pending') return;
    this.abort();
    abandonSocket(this.socket);
  };

  private abort(): void {
    const callbacks = this.abortCallbacks;
    this.settle('aborted');
    if (callbacks !== null) for (const callback of callbacks) callback();
  }

  private settle(decided: Decided): void {
    this.current = decided;
    this.abortCallbacks = null;
    this.stop();
    this.socket.removeListener('close', this.clientLeft);
    if (!this.watching) return;
    this.socket.removeListener('data', this.earlyData);
    this.socket.removeListener('end', this.clientLeft);
    // Without a listener flowing data would be lost; the transport resumes it. A refused client is read
    // on, so that its end is seen.
    if (decided === 'accepted') this.socket.pause();
  }
}

/**
 * Whether one side of a socket has ended: no handshake can be answered, or nothing will ever be read. A
 * client's FIN leaves the socket open, for HTTP servers allow that.
 */
function hasEnded({ destroyed, readable, writable }: Partial<Duplex>): boolean {
  return destroyed === true || readable === false || writable === false;
}

function watchClient(decision: PendingDecision): void {
  decision.watch();
}
