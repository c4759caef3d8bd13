import { CloseCode } from './close-code.js';
import { closePayload, closeReason } from './close-payload.js';
import type { Role } from './protocol.js';

/**
 * How far the end of a connection has come (RFC 6455 7.1).
 *
 * | state        | how it came about                                   | still read                        |
 * | ------------ | --------------------------------------------------- | --------------------------------- |
 * | `open`       |                                                     | everything                        |
 * | `close-sent` | we began the closing handshake                      | everything up to the Close frame  |
 * | `exchanged`  | both Close frames were sent: by whichever end first | nothing                           |
 * | `peer-gone`  | the peer's FIN or a socket error, no Close frame    | what came before                  |
 * | `failed`     | by either side's fault (7.1.7)                      | nothing                           |
 * | `terminated` | we destroyed the socket                             | nothing                           |
 * | `closed`     | the socket is gone                                  | nothing                           |
 *
 * Only in `open` anything may be sent; after it at most one Close frame is (5.5.1).
 */
export type ClosingState =
  'open' | 'close-sent' | 'exchanged' | 'peer-gone' | 'failed' | 'terminated' | 'closed';

/** What the owner of the socket is to do: flags, obeyed in this order. */
export const ClosingAction = {
  None: 0,
  /** No byte that still comes has a meaning; what was collected of a message is let go of. */
  StopParsing: 1,
  /** `closing.frame` is the body of a Close frame to send behind all that waits. */
  SendClose: 2,
  /** From here on the peer has its time to do its part, then the connection is terminated. */
  StartDeadline: 4,
  /** What was sent leaves as far as the operating system takes it at once. */
  Flush: 8,
  /** Reading goes on, even where the application paused it: the peer's Close frame or FIN is to be seen. */
  ReadOn: 16,
  /** The socket is ended as soon as nothing waits to be sent: now, or when `queueEmptied` says so. */
  EndAfterQueue: 32,
  EndNow: 64,
  Destroy: 128,
  /** The listener hears of the error: of ours at last, of the socket's own first. */
  TellError: 256,
} as const;

const { None, StopParsing, SendClose, StartDeadline, Flush } = ClosingAction;
const { ReadOn, EndAfterQueue, EndNow, Destroy, TellError } = ClosingAction;

const EMPTY = Buffer.alloc(0);

/**
 * Bytes that are read after the end and thrown away, so that no reset overtakes the Close frame: more than
 * an honest peer has on its way when that comes.
 */
const MOST_DISCARDED = 16 * 1024 * 1024;

/**
 * The end of one connection, without I/O: what happens goes in, what is to be done comes out, as
 * `ClosingAction` flags. Made when the end begins, for an open connection needs none of it.
 */
export class Closing {
  state: ClosingState = 'open';
  /** Body of the Close frame that `SendClose` asks for. */
  frame: Uint8Array = EMPTY;
  /** What is reported: the peer's status code, or why we failed the connection (7.1.5). */
  code: number = CloseCode.Abnormal;
  /** The peer's reason (7.1.6). */
  reason = '';
  /** Of what still comes, data frames are dropped: nobody wanted messages when we began to close. */
  isMuted = false;

  private discarded = 0;
  private closeSent = false;
  private closeSeen = false;
  private endsSocket = false;

  constructor(private readonly role: Role) {}

  /** Whether both Close frames were exchanged (7.1.4). */
  get wasClean(): boolean {
    return this.closeSent && this.closeSeen;
  }

  /** Whether nothing the peer says counts any more, no Close frame either. */
  get isDeaf(): boolean {
    const { state } = this;
    return state !== 'open' && state !== 'close-sent' && state !== 'peer-gone';
  }

  /** Whether what was sent and has not left yet counts as lost. */
  get hasLost(): boolean {
    return this.state === 'failed' || this.state === 'closed';
  }

  /**
   * We begin the closing handshake (7.1.2).
   * @param frame body of the Close frame
   * @param paused whether the application reads no messages: what is held back of them is dropped
   */
  close(frame: Uint8Array, paused: boolean): number {
    if (this.state !== 'open') return None;
    this.state = 'close-sent';
    this.isMuted = paused;
    return this.send(frame) | StartDeadline | Flush | (paused ? ReadOn : None);
  }

  /** The peer's Close frame came. @param code 1005 when it carried none */
  peerClosed(code: number, reason: string): number {
    if (this.isDeaf) return None;
    // Held back until now: what would answer it cannot leave any more, so nothing was exchanged.
    const isLate = this.state === 'peer-gone';
    this.state = 'exchanged';
    this.closeSeen = true;
    this.code = code;
    this.reason = reason;
    // 5.5.1: a Close frame is answered with one that echoes its status code and reason: as much of it as
    // fits, for where UTF-8 is not checked a wrong byte has become three.
    const answer =
      this.closeSent || isLate
        ? None
        : this.send(
            closePayload(code === CloseCode.NoStatus ? undefined : code, closeReason(reason)),
          );
    // 7.1.1: the server closes TCP first, the client waits for it.
    const end = this.role === 'server' ? this.endSocket() : None;
    return StopParsing | answer | StartDeadline | ReadOn | end;
  }

  /**
   * "Fail the WebSocket Connection" (7.1.7): a Close frame if one can be sent, then TCP.
   * @param message what the peer is told, as far as a Close frame carries it
   */
  fail(code: number, message: string): number {
    if (this.hasLost) return None;
    this.state = 'failed';
    this.report(code);
    const close = this.closeSent ? None : this.send(closePayload(code, closeReason(message)));
    return StopParsing | close | StartDeadline | ReadOn | this.endSocket() | TellError;
  }

  /** The connection fails, and its peer cannot be told any more. @param code only reported */
  giveUp(code: number): number {
    if (this.state === 'closed') return None;
    this.state = 'failed';
    this.report(code);
    return StopParsing | Flush | Destroy | TellError;
  }

  /** We end it at once: as asked to, or because the time to close in is over. */
  terminate(): number {
    if (this.state === 'closed') return None;
    if (this.state !== 'failed') this.state = 'terminated';
    return StopParsing | Flush | Destroy;
  }

  /** The peer's FIN: nothing more will come, but what was sent may still be read. */
  peerEnded(): number {
    if (this.state === 'closed') return None;
    this.losePeer();
    return StartDeadline | this.endSocket();
  }

  socketFailed(): number {
    if (this.state === 'closed') return None;
    this.losePeer();
    return Destroy | (this.state === 'failed' ? None : TellError);
  }

  /** So many bytes came that nobody listens to, see `isDeaf`. */
  discard(bytes: number): number {
    this.discarded += bytes;
    return this.discarded > MOST_DISCARDED ? this.terminate() : None;
  }

  /** The last there is to happen: `code`, `reason` and `wasClean` are what is reported. */
  socketClosed(): number {
    this.state = 'closed';
    return StopParsing;
  }

  /** Nothing waits to be sent any more. */
  queueEmptied(): number {
    return this.endsSocket ? EndNow : None;
  }

  /** What the peer has said with its Close frame stands, whatever goes wrong after it (7.1.5). */
  private report(code: number): void {
    if (!this.closeSeen) this.code = code;
  }

  private send(frame: Uint8Array): number {
    this.closeSent = true;
    this.frame = frame;
    return SendClose;
  }

  private endSocket(): number {
    this.endsSocket = true;
    return EndAfterQueue;
  }

  private losePeer(): void {
    // What came before counts, the peer's Close frame among it: it may still be held back.
    if (!this.isDeaf) this.state = 'peer-gone';
  }
}
