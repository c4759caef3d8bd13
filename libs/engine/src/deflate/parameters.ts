import type { ExtensionOffer } from '../handshake/extension-header.js';

/** The four parameters of RFC 7692 7.1, as one offer or one response carries them. */
export interface DeflateParameters {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  /** 8-15, or undefined when absent. */
  readonly serverMaxWindowBits: number | undefined;
  /** 8-15; true when an offer names it without a value; undefined when absent. */
  readonly clientMaxWindowBits: number | true | undefined;
}

/** A decimal without leading zero, 8 to 15 (RFC 7692 7.1.2.1). */
const WINDOW_BITS = /^(?:8|9|1[0-5])$/;

function windowBits(value: string | true): number | null {
  return value !== true && WINDOW_BITS.test(value) ? Number(value) : null;
}

/**
 * Reads the parameters of one permessage-deflate element.
 * @param isResponse whether it comes from a server, where client_max_window_bits needs a value
 * @returns null for an unknown or repeated parameter or an invalid value (RFC 7692 7.1)
 */
export function readParameters(
  element: ExtensionOffer,
  isResponse: boolean,
): DeflateParameters | null {
  const found = new Map<string, string | true>();
  for (const [name, value] of element.params) {
    if (found.has(name)) return null;
    found.set(name, value);
  }
  let serverMaxWindowBits: number | undefined;
  let clientMaxWindowBits: number | true | undefined;
  for (const [name, value] of found) {
    if (name === 'server_no_context_takeover' || name === 'client_no_context_takeover') {
      if (value !== true) return null;
    } else if (name === 'server_max_window_bits') {
      const bits = windowBits(value);
      if (bits === null) return null;
      serverMaxWindowBits = bits;
    } else if (name === 'client_max_window_bits') {
      const bits = value === true && !isResponse ? true : windowBits(value);
      if (bits === null) return null;
      clientMaxWindowBits = bits;
    } else {
      return null;
    }
  }
  return {
    serverNoContextTakeover: found.has('server_no_context_takeover'),
    clientNoContextTakeover: found.has('client_no_context_takeover'),
    serverMaxWindowBits,
    clientMaxWindowBits,
  };
}

/** The header element that says `parameters`. */
export function writeParameters(name: string, parameters: DeflateParameters): ExtensionOffer {
  const params: [string, string | true][] = [];
  if (parameters.serverNoContextTakeover) params.push(['server_no_context_takeover', true]);
  if (parameters.clientNoContextTakeover) params.push(['client_no_context_takeover', true]);
  const { serverMaxWindowBits, clientMaxWindowBits } = parameters;
  if (serverMaxWindowBits !== undefined) {
    params.push(['server_max_window_bits', String(serverMaxWindowBits)]);
  }
  if (clientMaxWindowBits !== undefined) {
    const value = clientMaxWindowBits === true ? true : String(clientMaxWindowBits);
    params.push(['client_max_window_bits', value]);
  }
  return { name, params };
}
