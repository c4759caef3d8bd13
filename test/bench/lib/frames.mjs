// Frames as the load sends them, encoded before the load starts (RFC 6455 5.2, RFC 7692 7.2).
import { deflateRawSync, inflateRawSync, constants } from 'node:zlib';

const TEXT = 1;
const BINARY = 2;
const TAIL = 4;
const WINDOW = 32 * 1024;

function header(first, length, masked) {
  const mask = masked ? 0x80 : 0;
  if (length < 126) return Buffer.from([first, mask | length]);
  if (length < 65536) return Buffer.from([first, mask | 126, length >> 8, length & 0xff]);
  const bytes = Buffer.alloc(10);
  bytes[0] = first;
  bytes[1] = mask | 127;
  bytes.writeUIntBE(length, 4, 6);
  return bytes;
}

/** One whole masked frame. */
function frame(opcode, payload, index, compress) {
  const body = compress ? compressed(payload) : payload;
  const key = Buffer.alloc(4);
  // Keys differ from message to message, and are the same in every run.
  key.writeUInt32LE(Math.imul(index + 1, 0x9e3779b1) >>> 0);
  const masked = Buffer.alloc(body.length);
  for (let i = 0; i < body.length; i += 1) masked[i] = body[i] ^ key[i & 3];
  return Buffer.concat([
    header(0x80 | (compress ? 0x40 : 0) | opcode, body.length, true),
    key,
    masked,
  ]);
}

function compressed(payload) {
  const output = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
  return output.subarray(0, output.length - TAIL);
}

/** How a message looks on the wire of RFC 6455: one frame there, its payload back. */
function plain(message, index, compress) {
  const bytes = Buffer.from(message);
  const opcode = typeof message === 'string' ? TEXT : BINARY;
  const request = frame(opcode, bytes, index, compress);
  return { request, reply: compress ? Buffer.alloc(0) : bytes };
}

/** Raw bytes come back masked as they went. */
function raw(message, index) {
  const { request } = plain(message, index, false);
  const length = Buffer.byteLength(message);
  return { request, reply: request.subarray(request.length - length - TAIL) };
}

/** As an event `m` of socket.io 4: binary data goes in a frame of its own behind a placeholder. */
function socketIo(message, index) {
  if (typeof message === 'string') {
    return plain(`42${JSON.stringify(['m', message])}`, index, false);
  }
  const event = Buffer.from('451-["m",{"_placeholder":true,"num":0}]');
  return {
    request: Buffer.concat([
      frame(TEXT, event, index, false),
      frame(BINARY, message, index, false),
    ]),
    reply: Buffer.concat([event, message]),
  };
}

export const wires = { plain, raw, socketIo };

/** The message file of the load generator; see load/units.h. */
export function unitsFile(messages, wire, compress) {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(messages.length);
  const parts = [count];
  for (const [index, message] of messages.entries()) {
    const { request, reply } = wires[wire](message, index, compress);
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(request.length, 0);
    lengths.writeUInt32LE(reply.length, 4);
    parts.push(lengths, request, reply);
  }
  return Buffer.concat(parts);
}

/** A frame that answers a greeting. */
export const greetingAnswer = (text) => frame(TEXT, Buffer.from(text), 0, false);

/** The opening handshake. */
export function handshake(path, compress) {
  return (
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n' +
    // The offer browsers make.
    (compress ? 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n' : '') +
    '\r\n'
  );
}

/**
 * Whether compressed replies, in order, inflate to the messages.
 * @param samples 'z' or '-' (compressed or not) and the payload in hex
 */
export function samplesMatch(samples, messages) {
  let window = Buffer.alloc(0);
  return samples.every((sample, index) => {
    if (sample[0] !== 'z') return false;
    const body = Buffer.concat([
      Buffer.from(sample.slice(1), 'hex'),
      Buffer.from('0000ffff', 'hex'),
    ]);
    const inflated = inflateRawSync(body, {
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(window.length > 0 && { dictionary: window }),
    });
    window = Buffer.concat([window, inflated]).subarray(-WINDOW);
    return inflated.equals(Buffer.from(messages[index % messages.length]));
  });
}
