import type { Duplex } from 'node:stream';
import type { PerMessageDeflateOptions } from '../deflate/deflate-options.js';
import { readAnswer, type DeflateAgreement } from '../deflate/negotiation.js';
import { PerMessageDeflate } from '../deflate/permessage-deflate.js';
import type { ServerSelection } from '../handshake/client-handshake.js';
import { HandshakeError } from '../protocol/errors.js';
import { SocketTransport } from '../transport/socket-transport.js';
import type { ResolvedClientOptions } from './client-options.js';
import { maskSourceOf } from './mask-source.js';

/** What was agreed on about compression; null for none. */
export function agreeWith(
  selection: ServerSelection | HandshakeError,
  deflate: PerMessageDeflateOptions | false,
): DeflateAgreement | HandshakeError | null {
  if (selection instanceof HandshakeError || deflate === false) return null;
  return readAnswer(selection.extensions, deflate);
}

/** The open connection of a client, whichever version of HTTP has opened it. */
export function createClientTransport(
  socket: Duplex,
  head: Buffer,
  protocol: string,
  agreement: DeflateAgreement | null,
  { limits, request, deflate: options }: ResolvedClientOptions,
): SocketTransport {
  const deflate =
    agreement === null || options === false
      ? null
      : new PerMessageDeflate('client', agreement, options, limits.maxPayload);
  const { generateMask } = request;
  const masks = generateMask == null ? undefined : maskSourceOf(generateMask);
  return new SocketTransport(socket, head, 'client', protocol, limits, deflate, masks);
}
