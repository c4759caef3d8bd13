import { ParamKind } from './param-kind.js';
import { paramDecorator } from './param-metadata.js';

/**
 * The `Connection` the message came from. Compatible with the decorator of the same name of
 * `@nestjs/websockets`. In a `@VerifyClient` method there is no connection yet: it gives the HTTP
 * request, as `@Req()` does.
 */
export function ConnectedSocket(): ParameterDecorator {
  return paramDecorator(ParamKind.Connection);
}
