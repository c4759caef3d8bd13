import { kind, OptionTable, text, type OptionsFor } from '#hub';
import { isRecord } from '../../support/is-record.js';
import { configurationPlace } from '../../options/configuration-place.js';
import { texts } from './api-options.js';
import { Descriptions } from './descriptions.js';

/** What `@ApiChannel` takes. */
export interface ApiChannelOptions {
  /** What the path is called. */
  title?: string;
  /** A line. */
  summary?: string;
  /** More than that; CommonMark. */
  description?: string;
  /** What it belongs to, for readers. */
  tags?: readonly string[];
  /** What the parameters of the path are, by their names. */
  parameters?: Readonly<Record<string, string>>;
}

const parameters = kind(
  'an object with a description for each parameter',
  (value): value is Readonly<Record<string, string>> =>
    isRecord(value) && Object.values(value).every((one) => typeof one === 'string'),
);

const CHANNEL_OPTIONS = new OptionTable({
  title: text(undefined),
  summary: text(undefined),
  description: text(undefined),
  tags: texts(undefined),
  parameters: parameters(undefined),
} satisfies OptionsFor<ApiChannelOptions>);

export const CHANNELS = new Descriptions<ApiChannelOptions>('ApiChannel');

const PLACE = configurationPlace('option of @ApiChannel', ': ');

/**
 * Says in words what the path of a gateway is for, for the AsyncAPI document.
 *
 * @example
 * \@ApiChannel({ title: 'Chat', parameters: { room: 'Name of the room' } })
 * \@WsGateway('/chat/:room')
 * class ChatGateway {}
 * @throws {WsConfigurationError} for a wrong or unknown option
 */
export function ApiChannel(options: ApiChannelOptions): ClassDecorator {
  const said = CHANNEL_OPTIONS.read(options, PLACE);
  return (target) => CHANNELS.add(said, target);
}
