import { constants } from 'node:buffer';
import { CloseCauses } from './close-causes.js';
import { MAX_CONTROL_PAYLOAD } from './control-payload.js';
import { LimitError, ProtocolError } from './errors.js';
import { RSV1, type FrameHeader } from './frame-header.js';
import { Opcode, isControl } from './opcode.js';

/** What a header is judged against: where the connection stands. */
export interface FrameContext {
  /** Whether frames must be masked: yes for a server, no for a client (RFC 6455 5.1). */
  readonly expectMask: boolean;
  /** Whether RSV1 has a meaning: permessage-deflate was agreed on (RFC 7692 6). */
  readonly compression: boolean;
  /** Whether a fragmented message is under way. */
  readonly inMessage: boolean;
}

/** Judges the first two bytes of a header. @returns what is wrong, null when nothing is. */
export function judgeStart(header: FrameHeader, context: FrameContext): ProtocolError | null {
  const { opcode } = header;
  const startsMessage = opcode === Opcode.Text || opcode === Opcode.Binary;
  if (header.rsv !== 0) {
    // RFC 7692 6.1: RSV1 marks the first frame of a compressed message and no other.
    const allowed = header.rsv === RSV1 && context.compression && startsMessage;
    if (!allowed) return reservedBits(header.rsv);
  }
  if (startsMessage) {
    // RFC 6455 5.4: fragments of one message are not interleaved with another message.
    if (context.inMessage) return invalidOpcode(opcode);
  } else if (opcode === Opcode.Continuation) {
    if (!context.inMessage) return invalidOpcode(opcode);
  } else if (opcode === Opcode.Close || opcode === Opcode.Ping || opcode === Opcode.Pong) {
    // RFC 6455 5.5: control frames are whole and short.
    if (!header.fin) return violation('FIN must be set', 'WS_ERR_EXPECTED_FIN');
    if (header.length > MAX_CONTROL_PAYLOAD) return controlLength(header.length);
  } else {
    return invalidOpcode(opcode);
  }
  if (header.masked === context.expectMask) return null;
  return context.expectMask
    ? violation('MASK must be set', 'WS_ERR_EXPECTED_MASK')
    : violation('MASK must be clear', 'WS_ERR_UNEXPECTED_MASK');
}

/**
 * Judges the length of a data frame before any of its payload is there.
 * @param before bytes of the message so far
 * @param allowed most bytes of the message, 0 = no limit
 */
export function judgeLength(
  header: FrameHeader,
  before: number,
  allowed: number,
): LimitError | null {
  if (isControl(header.opcode)) return null;
  if (header.length === Infinity) {
    const { reason, code } = CloseCauses.LengthTooBig;
    return new LimitError(reason, 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', code);
  }
  return allowed > 0 && before + header.length > allowed ? messageTooBig() : null;
}

/** Most bytes of a message; without a limit as many as one string or one Buffer can hold. */
export function mostBytes(opcode: number, maxPayload: number): number {
  if (maxPayload > 0) return maxPayload;
  return opcode === Opcode.Text ? constants.MAX_STRING_LENGTH : constants.MAX_LENGTH;
}

/**
 * Most bytes on the wire of a compressed message of `maxPayload`: a sender that flushes often adds
 * some to each flush. Memory is bounded by what is inflated; this only ends what has no end.
 */
export function compressedBound(maxPayload: number): number {
  return maxPayload === 0 ? 0 : 2 * maxPayload + 1024;
}

/** @param allowed most bytes of a frame's payload, exceeded by this one */
export function frameTooBig(length: number, allowed: number): LimitError {
  const { reason, code } = CloseCauses.FrameTooBig;
  return new LimitError(reason(length, allowed), 'WS_ERR_FRAME_TOO_BIG', code);
}

export function messageTooBig(): LimitError {
  const { reason, code } = CloseCauses.MessageTooBig;
  return new LimitError(reason, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', code);
}

/** @param what fragments or chunks */
export function tooManyParts(what: 'message fragments' | 'buffered chunks'): LimitError {
  const { reason, code } = CloseCauses.TooManyParts;
  return new LimitError(reason(what), 'WS_ERR_TOO_MANY_BUFFERED_PARTS', code);
}

export function lengthNotMinimal(length: number): ProtocolError {
  return violation(`length ${length} is not in the fewest bytes`, 'WS_ERR_NON_MINIMAL_LENGTH');
}

export function controlLength(length: number): ProtocolError {
  return violation(`invalid payload length ${length}`, 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH');
}

export function invalidCloseCode(code: number): ProtocolError {
  return violation(`invalid status code ${code}`, 'WS_ERR_INVALID_CLOSE_CODE');
}

export function invalidUtf8(): ProtocolError {
  const { reason, code } = CloseCauses.InvalidUtf8;
  return new ProtocolError(reason, 'WS_ERR_INVALID_UTF8', code);
}

/** RFC 7692 7.2.2: what cannot be inflated fails the connection. */
export function corruptMessage(): ProtocolError {
  const { reason, code } = CloseCauses.CorruptMessage;
  return new ProtocolError(reason, 'WS_ERR_INVALID_COMPRESSED_DATA', code);
}

function reservedBits(rsv: number): ProtocolError {
  return rsv === RSV1
    ? violation('RSV1 must be clear', 'WS_ERR_UNEXPECTED_RSV_1')
    : violation('RSV2 and RSV3 must be clear', 'WS_ERR_UNEXPECTED_RSV_2_3');
}

function invalidOpcode(opcode: number): ProtocolError {
  return violation(`invalid opcode ${opcode}`, 'WS_ERR_INVALID_OPCODE');
}

function violation(what: string, error: string): ProtocolError {
  const { reason, code } = CloseCauses.BrokenRule;
  return new ProtocolError(reason(what), error, code);
}
