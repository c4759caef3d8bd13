import { fromWellFormed, toWellFormed } from '../support/lossless-text.js';

/**
 * Channels as the hub names them; a broker puts its own prefix before them. Names of rooms and ids of
 * users are the application's, up to 256 UTF-16 units of anything; what UTF-8 cannot carry is escaped.
 */
export type ChannelKind = 'all' | 'node' | 'room' | 'user' | 'address';

/** The channel every node is subscribed to. */
export const ALL = 'a';

/** What is meant for one node only. */
export function nodeChannel(node: string): string {
  return `n:${node}`;
}

export function roomChannel(room: string): string {
  return `r:${toWellFormed(room)}`;
}

export function userChannel(userId: string): string {
  return `u:${toWellFormed(userId)}`;
}

/** @param digest of an address or network, never the address itself: it is personal data */
export function addressChannel(digest: string): string {
  return `i:${digest}`;
}

const KINDS: Readonly<Record<string, ChannelKind>> = {
  n: 'node',
  r: 'room',
  u: 'user',
  i: 'address',
};

/** What a channel is for, and the name behind it ('' for `ALL`); undefined for no channel of ours. */
export function readChannel(
  channel: string,
): { readonly kind: ChannelKind; readonly name: string } | undefined {
  if (channel === ALL) return { kind: 'all', name: '' };
  const kind = channel[1] === ':' ? KINDS[channel[0] ?? ''] : undefined;
  return kind === undefined ? undefined : { kind, name: fromWellFormed(channel.slice(2)) };
}
