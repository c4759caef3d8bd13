import { flag, OptionTable, text, type OptionsFor } from '#hub';
import { configurationPlace } from '../../options/configuration-place.js';
import { list, texts } from './api-options.js';
import { Descriptions } from './descriptions.js';

/** What `@ApiOperation` takes. */
export interface ApiOperationOptions {
  /** A line. */
  summary?: string;
  /** More than that; CommonMark. */
  description?: string;
  /** Whether clients should stop using it. */
  deprecated?: boolean;
  /** What it belongs to, for readers. */
  tags?: readonly string[];
  /** What the data of the message may be, for readers. */
  examples?: readonly unknown[];
  /** Codes of the errors it answers beside those of the wire, such as `ROOM_FULL`. */
  errors?: readonly string[];
}

const OPERATION_OPTIONS = new OptionTable({
  summary: text(undefined),
  description: text(undefined),
  deprecated: flag(undefined),
  tags: texts(undefined),
  examples: list(undefined),
  errors: texts(undefined),
} satisfies OptionsFor<ApiOperationOptions>);

export const OPERATIONS = new Descriptions<ApiOperationOptions>('ApiOperation');

const PLACE = configurationPlace('option of @ApiOperation', ': ');

/**
 * Says in words what a handler is for, for the AsyncAPI document.
 *
 * @example
 * \@ApiOperation({ summary: 'Moves a card', errors: ['CARD_GONE'] })
 * \@OnMessage('move')
 * move(\@MessageBody() dto: MoveDto) {}
 * @throws {WsConfigurationError} for a wrong or unknown option
 */
export function ApiOperation(options: ApiOperationOptions): MethodDecorator {
  const said = OPERATION_OPTIONS.read(options, PLACE);
  return (target, key, descriptor) => OPERATIONS.add(said, target, key, descriptor);
}
