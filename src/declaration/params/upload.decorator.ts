import { count, OptionTable, type OptionsFor } from '#hub';
import { configurationPlace } from '../../options/configuration-place.js';
import { ParamKind } from './param-kind.js';
import { paramDecorator, readParams } from './param-metadata.js';

/** What `@Upload()` takes. */
export interface UploadParamOptions {
  /** Bytes of one upload; default `uploads.maxSize` of the module, 16 MiB. */
  maxSize?: number | undefined;
}

const UPLOAD_PARAM_OPTIONS = new OptionTable({
  maxSize: count(undefined),
} satisfies OptionsFor<UploadParamOptions>);

const PLACE = configurationPlace('option of @Upload', ': ');

/**
 * The bytes that a client sends with the message, an `IncomingUpload`. The handler takes messages with an upload
 * and no others, any number at a time, without the `timeout` of its gateway.
 *
 * @example
 * \@OnMessage('avatar')
 * async avatar(\@Upload({ maxSize: 1_000_000 }) upload: IncomingUpload, \@MessageBody() { name }: AvatarDto) {
 *   await pipeline(upload, createWriteStream(pathOf(name)));
 *   return { size: upload.received };
 * }
 * @throws {WsConfigurationError} for a wrong or unknown option
 */
export function Upload(options: UploadParamOptions = {}): ParameterDecorator {
  return paramDecorator(ParamKind.Upload, UPLOAD_PARAM_OPTIONS.read(options, PLACE));
}

/** What a method says of its upload; undefined when it takes none. */
export function readUpload(type: object, name: string): UploadParamOptions | undefined {
  const params = Object.entries(readParams(type, name) ?? {});
  const found = params.find(([key]) => key.startsWith(`${ParamKind.Upload}:`));
  return found && UPLOAD_PARAM_OPTIONS.read(found[1].data, PLACE);
}
