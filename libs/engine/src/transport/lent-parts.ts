import type { Duplex } from 'node:stream';
import type { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import type { TransportLimits } from '../protocol/limits.js';
import type { Role } from '../protocol/protocol.js';
import { MessageSender, type MaskSource, type SenderOwner } from '../sending/message-sender.js';
import { Pool } from '../runtime/pool.js';
import { MessageReceiver, type ReceiverOwner } from './message-receiver.js';

/** Receivers between two messages; connections that hold half a message keep theirs. */
const receivers = new Pool<MessageReceiver>(64);
/** Senders with nothing to send; connections whose peers do not keep up keep theirs. */
const senders = new Pool<MessageSender>(1024);

/** A receiver for a connection that is about to receive something. See `MessageReceiver`. */
export function borrowReceiver(
  owner: ReceiverOwner,
  role: Role,
  limits: TransportLimits,
  deflate: PerMessageDeflate | null,
): MessageReceiver {
  const receiver = receivers.take();
  if (receiver === undefined) return new MessageReceiver(owner, role, limits, deflate);
  receiver.serve(owner, role, limits, deflate);
  return receiver;
}

/** @returns whether the receiver was taken back: only one that holds nothing is */
export function returnReceiver(receiver: MessageReceiver): boolean {
  if (!receiver.isIdle) return false;
  receiver.release();
  receivers.give(receiver);
  return true;
}

/** A sender for a connection that is about to send something. See `MessageSender`. */
export function borrowSender(
  socket: Duplex,
  limits: TransportLimits,
  deflate: PerMessageDeflate | null,
  owner: SenderOwner,
  maskSource: MaskSource | null,
  node: boolean,
): MessageSender {
  const sender = senders.take();
  if (sender === undefined) {
    return new MessageSender(socket, limits, deflate, owner, maskSource, node);
  }
  sender.serve(socket, limits, deflate, owner, maskSource, node);
  return sender;
}

/** @returns whether the sender was taken back: only one that has nothing left to do is */
export function returnSender(sender: MessageSender): boolean {
  if (!sender.isIdle) return false;
  sender.release();
  senders.give(sender);
  return true;
}
