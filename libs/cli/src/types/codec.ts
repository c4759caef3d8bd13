/** What carries a contract's values: MessagePack has bytes and dates. */
export type Codec = 'json' | 'msgpack';

export const CODECS: readonly Codec[] = ['json', 'msgpack'];
