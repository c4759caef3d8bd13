import { DEFAULT_LIMITS, type TransportLimits } from '../protocol/limits.js';
import { Protocol, type Role } from '../protocol/protocol.js';
import { TEST_MASK, rawFrame, type RawFrame } from './raw-frame.js';
import { RecordingSink } from './recording-sink.js';

/** A receiving end with a sink that writes down what it says. */
export function receiver(
  role: Role = 'server',
  limits: Partial<TransportLimits> = {},
): { readonly protocol: Protocol; readonly sink: RecordingSink } {
  const sink = new RecordingSink();
  return { protocol: new Protocol(role, { ...DEFAULT_LIMITS, ...limits }, sink), sink };
}

/** A frame as the peer of that end has to send it: masked for a server, unmasked for a client. */
export function frameTo(role: Role, frame: RawFrame): Buffer {
  return rawFrame({ mask: role === 'server' ? TEST_MASK : undefined, ...frame });
}

/** The frames as one stream. */
export function framesTo(role: Role, ...frames: RawFrame[]): Buffer {
  return Buffer.concat(frames.map((frame) => frameTo(role, frame)));
}

/** Hands over a copy of `bytes`, one at a time. */
export function receiveBytewise(protocol: Protocol, bytes: Buffer): void {
  for (const byte of bytes) protocol.receive(Buffer.from([byte]));
}
