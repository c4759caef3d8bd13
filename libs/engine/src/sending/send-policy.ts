/**
 * What becomes of a message when its receiver reads too slowly. Only messages sent with a policy are
 * ever dropped, always whole and never once a byte of them has left; replies, control frames and
 * everything sent without one close the connection at the limit instead.
 *
 * - `close`: at the limit the connection is closed with 1013
 * - `drop-new`: at the limit this message is dropped
 * - `drop-old`: at the limit the oldest droppable messages make room for this one
 * - `latest`: a waiting message with the same key is replaced, at the limit or not; with a new key at
 *   the limit it acts as `drop-old`
 * - `volatile`: dropped as soon as anything waits
 */
export type SendPolicy = 'close' | 'drop-new' | 'drop-old' | 'latest' | 'volatile';

/** How one message may be treated. One object may serve any number of sends: it is only read. */
export interface DropRule {
  readonly policy: SendPolicy;
  /** For `latest`: messages with the same key replace each other. Default ''. */
  readonly key?: string | undefined;
}
