/** Counts the connections of users, on however many nodes: what `perUser` is compared with. */
export interface UserCounts {
  of(userId: string): number;
}

/** Counts connections that addresses have to other nodes; this node's are counted by the limits. */
export interface AddressCounts {
  /** @param key as `addressKey` makes it */
  elsewhere(key: string): number;
}
