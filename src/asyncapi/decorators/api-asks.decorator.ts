import { kind, OptionTable, type OptionsFor } from '#hub';
import { configurationPlace } from '../../options/configuration-place.js';
import type { ApiType } from '../schemas/api-type.js';
import { MESSAGE_DESCRIPTION, type MessageDescription } from './api-options.js';
import { Descriptions } from './descriptions.js';
import { assertEvent } from './event-name.js';

/** What `@ApiAsks` takes behind the event. */
export interface ApiAsksOptions extends MessageDescription {
  /** What the question comes with. Default: nothing. */
  data?: ApiType;
  /** What the client answers. Default: nothing. */
  answer?: ApiType;
}

export interface SaidQuestion extends ApiAsksOptions {
  readonly event: string;
}

const type = kind(
  'a class, a list of one, a schema or a function that returns one',
  (value): value is ApiType =>
    typeof value === 'function' || (typeof value === 'object' && value !== null),
);

const ASKS_OPTIONS = new OptionTable({
  ...MESSAGE_DESCRIPTION.options,
  data: type(undefined),
  answer: type(undefined),
} satisfies OptionsFor<ApiAsksOptions>);

export const ASKED = new Descriptions<SaidQuestion>('ApiAsks');

const PLACE = configurationPlace('option of @ApiAsks', ': ');

/**
 * Says what a gateway asks its clients with `connection.request()`, for the AsyncAPI document. It stands on the
 * class, or on the method that asks.
 *
 * @example
 * \@ApiAsks('confirm', { data: FileDto, answer: Boolean })
 * \@OnMessage('remove')
 * async remove(\@ConnectedSocket() connection: Connection) {}
 * @throws {WsConfigurationError} for what is no event, and a wrong or unknown option
 */
export function ApiAsks(
  event: string,
  options: ApiAsksOptions = {},
): ClassDecorator & MethodDecorator {
  assertEvent(event, 'ApiAsks');
  const said: SaidQuestion = { ...ASKS_OPTIONS.read(options, PLACE), event };
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) =>
    ASKED.add(said, target, key, descriptor);
}
