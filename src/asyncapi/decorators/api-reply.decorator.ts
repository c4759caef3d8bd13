import { flag, OptionTable, type OptionsFor } from '#hub';
import { configurationPlace } from '../../options/configuration-place.js';
import type { ApiType } from '../schemas/api-type.js';
import { MESSAGE_DESCRIPTION, type MessageDescription } from './api-options.js';
import { Descriptions } from './descriptions.js';

/** What `@ApiReply` takes behind the type. */
export interface ApiReplyOptions extends MessageDescription {
  /**
   * Whether it is the items of a stream. Default: true for a generator, and for a method whose return type is
   * `Observable`.
   */
  stream?: boolean;
}

export interface SaidReply extends ApiReplyOptions {
  /** `undefined`: nothing is answered. */
  readonly type: ApiType | undefined;
}

const REPLY_OPTIONS = new OptionTable({
  ...MESSAGE_DESCRIPTION.options,
  stream: flag(undefined),
} satisfies OptionsFor<ApiReplyOptions>);

export const REPLIES = new Descriptions<SaidReply>('ApiReply');

const PLACE = configurationPlace('option of @ApiReply', ': ');

/**
 * Says what a handler answers, for the AsyncAPI document: what is behind a Promise or an Observable, or in a list,
 * TypeScript does not tell at run time. Several of them are alternatives. Without a type the answer is empty.
 *
 * @example
 * \@ApiReply(Card)
 * \@OnMessage('move')
 * async move(\@MessageBody() dto: MoveDto): Promise<Card> {}
 * @throws {WsConfigurationError} for a wrong or unknown option
 */
export function ApiReply(type?: ApiType, options: ApiReplyOptions = {}): MethodDecorator {
  const said: SaidReply = { ...REPLY_OPTIONS.read(options, PLACE), type };
  return (target, key, descriptor) => REPLIES.add(said, target, key, descriptor);
}
