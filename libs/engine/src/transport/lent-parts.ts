import type { Duplex } from 'node:stream';
import type { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import type { TransportLimits } from '../protocol/limits.js';
import { Protocol, type ProtocolSink, type Role } from '../protocol/protocol.js';
import { MessageSender, type MaskSource, type SenderOwner } from '../sending/message-sender.js';
import { Pool } from '../runtime/pool.js';

/** Parsers between two messages; connections that hold half a message keep theirs. */
const parsers = new Pool<Protocol>(64);
/** Senders with nothing to send; connections whose peers do not keep up keep theirs. */
const senders = new Pool<MessageSender>(1024);

/** A parser for a connection that is about to receive something. See `Protocol`. */
export function borrowParser(
  role: Role,
  limits: TransportLimits,
  sink: ProtocolSink,
  deflate: PerMessageDeflate | null,
): Protocol {
  const inflater = deflate === null ? null : deflate.inflater;
  const parser = parsers.take();
  if (parser === undefined) return new Protocol(role, limits, sink, inflater);
  parser.serve(role, limits, sink, inflater);
  return parser;
}

/** @returns whether the parser was taken back: only one that holds nothing is */
export function returnParser(parser: Protocol): boolean {
  if (!parser.isIdle) return false;
  parser.release();
  parsers.give(parser);
  return true;
}

/** A sender for a connection that is about to send something. See `MessageSender`. */
export function borrowSender(
  socket: Duplex,
  limits: TransportLimits,
  deflate: PerMessageDeflate | null,
  owner: SenderOwner,
  maskSource: MaskSource | null,
): MessageSender {
  const sender = senders.take();
  if (sender === undefined) return new MessageSender(socket, limits, deflate, owner, maskSource);
  sender.serve(socket, limits, deflate, owner, maskSource);
  return sender;
}

/** @returns whether the sender was taken back: only one that has nothing left to do is */
export function returnSender(sender: MessageSender): boolean {
  if (!sender.isIdle) return false;
  sender.release();
  senders.give(sender);
  return true;
}
