import type { DropRule, SendPolicy } from '#engine';

/** How one event is sent, by `Broadcast.send` and `Connection.send`. */
export interface SendOptions {
  /** For receivers that read too slowly; default the endpoint's, which defaults to `close`. */
  policy?: SendPolicy | undefined;
  /** With `latest`: messages of one key replace each other. Default the event. */
  key?: string | undefined;
  /** The same as `policy: 'volatile'`. */
  volatile?: boolean | undefined;
  /** False to leave it uncompressed where compression was agreed on. Default true. */
  compress?: boolean | undefined;
}

const VOLATILE: DropRule = Object.freeze({ policy: 'volatile' });

/**
 * The rule for one message, made once however many receive it.
 * @returns undefined where the receiver's own default applies
 */
export function dropRule(event: string, options: SendOptions | undefined): DropRule | undefined {
  if (options === undefined) return undefined;
  if (options.volatile === true) return VOLATILE;
  const { policy } = options;
  return policy === undefined ? undefined : { policy, key: options.key ?? event };
}
