import { flag, OptionTable, text, type OptionsFor } from '#hub';
import { configurationPlace } from '../../options/configuration-place.js';
import type { ApiType } from '../schemas/api-type.js';
import { MESSAGE_DESCRIPTION, type MessageDescription } from './api-options.js';
import { Descriptions } from './descriptions.js';
import { assertEvent } from './event-name.js';

/** What `@ApiEmits` takes behind the type. */
export interface ApiEmitsOptions extends MessageDescription {
  /** Which room gets it, for readers. */
  room?: string;
  /** Whether it comes out of the history of a room, and so has a place in it. Default false. */
  history?: boolean;
  /** Whether it is mail, which may ask to be acknowledged. Default false. */
  mail?: boolean;
}

export interface SaidEvent extends ApiEmitsOptions {
  readonly event: string;
  readonly type: ApiType | undefined;
}

const EMITS_OPTIONS = new OptionTable({
  ...MESSAGE_DESCRIPTION.options,
  room: text(undefined),
  history: flag(undefined),
  mail: flag(undefined),
} satisfies OptionsFor<ApiEmitsOptions>);

export const EMITTED = new Descriptions<SaidEvent>('ApiEmits');

const PLACE = configurationPlace('option of @ApiEmits', ': ');

/**
 * Says which event a gateway sends by itself, for the AsyncAPI document. It stands on the class, or on the method
 * that sends it. Without a type the event has no data.
 *
 * @example
 * \@ApiEmits('changed', Card, { room: 'board', history: true })
 * \@WsGateway('/board')
 * class BoardGateway {}
 * @throws {WsConfigurationError} for what is no event, and a wrong or unknown option
 */
export function ApiEmits(
  event: string,
  type?: ApiType,
  options: ApiEmitsOptions = {},
): ClassDecorator & MethodDecorator {
  assertEvent(event, 'ApiEmits');
  const said: SaidEvent = { ...EMITS_OPTIONS.read(options, PLACE), event, type };
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) =>
    EMITTED.add(said, target, key, descriptor);
}
