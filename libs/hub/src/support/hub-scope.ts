/** Whose news something is: a process may have several hubs. */
export interface HubScope {
  /** The `Hub` itself, to be compared. */
  readonly hub: object;
  /** Id of the node; '' without a broker. */
  readonly node: string;
}
