import type { ExtensionOffer } from '../handshake/extension-header.js';
import { HandshakeError } from '../protocol/errors.js';
import { kYields, PERMESSAGE_DEFLATE, type PerMessageDeflateOptions } from './deflate-options.js';
import { readParameters, writeParameters, type DeflateParameters } from './parameters.js';
import { MAX_WINDOW_BITS } from './window.js';

/** What both ends agreed on. */
export interface DeflateAgreement {
  readonly serverTakeover: boolean;
  readonly clientTakeover: boolean;
  /** 8-15. */
  readonly serverWindowBits: number;
  /** 8-15. */
  readonly clientWindowBits: number;
  /** The element of the response that says so. */
  readonly element: ExtensionOffer;
}

/**
 * A server's answer to what a client offers (RFC 7692 5.1): the first offer that is valid and suits
 * the options; a bad one is declined, never a reason to refuse the handshake.
 * @returns null when no offer is accepted, and messages go uncompressed
 */
export function acceptOffer(
  offers: readonly ExtensionOffer[],
  options: PerMessageDeflateOptions,
): DeflateAgreement | null {
  for (const offer of offers) {
    if (offer.name !== PERMESSAGE_DEFLATE) continue;
    const offered = readParameters(offer, false);
    if (offered === null || !suits(offered, options)) continue;
    return agree(answer(offered, options));
  }
  return null;
}

function suits(offered: DeflateParameters, options: PerMessageDeflateOptions): boolean {
  const { serverMaxWindowBits: serverBits, clientMaxWindowBits: clientBits } = options;
  const yields = options[kYields] === true;
  if (offered.serverNoContextTakeover && options.serverNoContextTakeover === false && !yields) {
    return false;
  }
  if (offered.serverMaxWindowBits !== undefined && serverBits === false) return false;
  if (
    !yields &&
    offered.serverMaxWindowBits !== undefined &&
    typeof serverBits === 'number' &&
    serverBits > offered.serverMaxWindowBits
  ) {
    return false;
  }
  // A limit on the client's window can only be set if the client understands it (RFC 7692 7.1.2.2).
  return typeof clientBits !== 'number' || offered.clientMaxWindowBits !== undefined;
}

function answer(offered: DeflateParameters, options: PerMessageDeflateOptions): DeflateParameters {
  const { serverMaxWindowBits: serverBits, clientMaxWindowBits: clientBits } = options;
  const clientLimits: number[] = [];
  if (typeof clientBits === 'number') clientLimits.push(clientBits);
  if (typeof offered.clientMaxWindowBits === 'number' && clientBits !== false) {
    clientLimits.push(offered.clientMaxWindowBits);
  }
  return {
    serverNoContextTakeover:
      offered.serverNoContextTakeover || options.serverNoContextTakeover !== false,
    clientNoContextTakeover:
      offered.clientNoContextTakeover || options.clientNoContextTakeover !== false,
    serverMaxWindowBits:
      typeof serverBits === 'number'
        ? Math.min(serverBits, offered.serverMaxWindowBits ?? serverBits)
        : offered.serverMaxWindowBits,
    clientMaxWindowBits: clientLimits.length > 0 ? Math.min(...clientLimits) : undefined,
  };
}

/** What a client offers for `options`. */
export function makeOffer(options: PerMessageDeflateOptions): ExtensionOffer {
  const { serverMaxWindowBits, clientMaxWindowBits } = options;
  return writeParameters(PERMESSAGE_DEFLATE, {
    serverNoContextTakeover: options.serverNoContextTakeover === true,
    clientNoContextTakeover: options.clientNoContextTakeover === true,
    serverMaxWindowBits: typeof serverMaxWindowBits === 'number' ? serverMaxWindowBits : undefined,
    clientMaxWindowBits:
      clientMaxWindowBits === undefined || clientMaxWindowBits === null
        ? true
        : clientMaxWindowBits === false
          ? undefined
          : clientMaxWindowBits,
  });
}

/**
 * A client's reading of the server's response to the offer it made with `options`.
 * @returns null when the server declined compression; an error when it answered what was not offered
 */
export function readAnswer(
  response: readonly ExtensionOffer[],
  options: PerMessageDeflateOptions,
): DeflateAgreement | null | HandshakeError {
  if (response.length === 0) return null;
  const [element] = response;
  if (response.length > 1 || element!.name !== PERMESSAGE_DEFLATE) {
    return refuse('it names an extension that was not offered, or one twice');
  }
  const answered = readParameters(element!, true);
  if (answered === null) return refuse('it has an unknown, repeated or invalid parameter');
  const asked = readParameters(makeOffer(options), false)!;
  if (asked.serverNoContextTakeover && !answered.serverNoContextTakeover) {
    return refuse('server_no_context_takeover was asked for and is missing');
  }
  const serverBits = answered.serverMaxWindowBits ?? MAX_WINDOW_BITS;
  if (asked.serverMaxWindowBits !== undefined && serverBits > asked.serverMaxWindowBits) {
    return refuse(
      `server_max_window_bits is ${serverBits}, asked were ${asked.serverMaxWindowBits}`,
    );
  }
  const clientBits = answered.clientMaxWindowBits;
  if (clientBits !== undefined && asked.clientMaxWindowBits === undefined) {
    return refuse('client_max_window_bits was not offered');
  }
  // "A value equal to or smaller than the received value" (RFC 7692 7.1.2.2).
  if (
    typeof clientBits === 'number' &&
    typeof asked.clientMaxWindowBits === 'number' &&
    clientBits > asked.clientMaxWindowBits
  ) {
    return refuse(
      `client_max_window_bits is ${clientBits}, offered were ${asked.clientMaxWindowBits}`,
    );
  }
  const mayForget = options.clientNoContextTakeover !== false || options[kYields] === true;
  if (answered.clientNoContextTakeover && !mayForget) {
    return refuse('client_no_context_takeover is not supported here');
  }
  const agreement = agree(answered);
  const own =
    typeof options.clientMaxWindowBits === 'number' ? options.clientMaxWindowBits : MAX_WINDOW_BITS;
  return {
    ...agreement,
    // A client may use less than it is allowed, and forget more than it has to.
    clientWindowBits: Math.min(agreement.clientWindowBits, own),
    clientTakeover: agreement.clientTakeover && options.clientNoContextTakeover !== true,
  };
}

function agree(parameters: DeflateParameters): DeflateAgreement {
  const { serverMaxWindowBits, clientMaxWindowBits } = parameters;
  return {
    serverTakeover: !parameters.serverNoContextTakeover,
    clientTakeover: !parameters.clientNoContextTakeover,
    serverWindowBits: serverMaxWindowBits ?? MAX_WINDOW_BITS,
    clientWindowBits:
      typeof clientMaxWindowBits === 'number' ? clientMaxWindowBits : MAX_WINDOW_BITS,
    element: writeParameters(PERMESSAGE_DEFLATE, parameters),
  };
}

function refuse(why: string): HandshakeError {
  const problem = 'Invalid Sec-WebSocket-Extensions header';
  const error = new HandshakeError(problem, 'WS_ERR_HANDSHAKE_EXTENSIONS', 0);
  // The text is that of `ws`, which programs compare.
  error.cause = new Error(`${problem}: ${why}`);
  return error;
}
