import { Buffer } from 'node:buffer';
import { acceptedFields } from '../handshake/accepted-fields.js';
import { checkRefusal } from '../handshake/checked-refusal.js';
import type { Opening } from '../opening/opening.js';
import { closePayload } from '../protocol/close-payload.js';
import { encodeFrame } from '../protocol/frame-encoder.js';
import { Opcode } from '../protocol/opcode.js';
import { linger, type Refusal } from '../opening/refuse-upgrade.js';
import type { UpgradeAnswer } from '../opening/upgrade-answer.js';

/** Milliseconds such a client has to answer the Close; then its socket is destroyed. */
const CLOSING_TIME = 2_000;

/**
 * How a client is refused that reads frames and no HTTP: browsers hide the answer to an upgrade from pages. It
 * gets a 101, one message and a Close frame, and nothing that it sends is ever parsed.
 */
export interface FramedRefusal {
  /** Stated in the 101; one of the offered subprotocols. */
  readonly protocol: string;
  /** A string is sent as a text message. */
  readonly message: string | Uint8Array;
  /** Of the Close frame, as for `Transport.close`. */
  readonly code: number;
  readonly reason: string;
  /** Called once, when the socket has closed, at most 2 seconds later: so long the client counts. */
  readonly gone: () => void;
}

/**
 * Asked about each upgrade that is refused with a status from 400, once.
 * @param refusal what would be answered; its `cause` says more
 * @returns null for a client that is to be answered over HTTP
 */
export type RefuseInFrames = (
  opening: Opening,
  status: number,
  refusal: Refusal,
) => FramedRefusal | null;

/**
 * Refuses an upgrade in frames, where `ask` says so. If it throws, or what it says may not be sent, the answer is
 * to be HTTP: often nobody is there whom an error could be thrown at.
 * @returns whether it did; if not, nothing has been written
 * @throws {UsageError} as `refuseUpgrade` does. Nothing is written then.
 */
export function refuseInFrames(
  ask: RefuseInFrames | undefined,
  answer: UpgradeAnswer,
  opening: Opening,
  status: number,
  refusal: Refusal,
): boolean {
  const { socket } = answer;
  if (ask === undefined || status < 400 || socket.destroyed || !socket.writable) return false;
  checkRefusal(status, refusal);
  let framed: FramedRefusal | null = null;
  try {
    framed = ask(opening, status, refusal);
    if (framed === null) return false;
    send(answer, opening, framed);
  } catch {
    framed?.gone();
    return false;
  }
  socket.once('close', framed.gone);
  // RFC 6455 7.1.1: the server ends TCP, when the client has answered. What it answered is of no interest.
  socket.once('data', () => socket.end());
  linger(socket, CLOSING_TIME);
  return true;
}

/** In one segment; no extension is agreed on, for there is nothing to be compressed. */
function send(
  answer: UpgradeAnswer,
  opening: Opening,
  { protocol, message, code, reason }: FramedRefusal,
): void {
  const isText = typeof message === 'string';
  const payload = isText ? Buffer.from(message) : message;
  const frames = Buffer.concat([
    encodeFrame(isText ? Opcode.Text : Opcode.Binary, payload),
    encodeFrame(Opcode.Close, closePayload(code, reason)),
  ]);
  // Checked before the first byte: from here on nothing throws.
  const fields = acceptedFields(opening, { protocol });
  answer.socket.cork();
  answer.accept(opening, fields).write(frames);
  answer.socket.uncork();
}
