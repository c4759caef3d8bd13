import { OptionPlace } from '#hub';
import { WsConfigurationError } from '../support/ws-configuration-error.js';

/**
 * Where options of an application stand, for messages such as `Cannot read WsModule option port: ...`.
 * @param what whose they are
 * @param separator between that and the name of one of them
 */
export function configurationPlace(what: string, separator = ' '): OptionPlace {
  return new OptionPlace({
    at: (path) => (path === '' ? `Cannot read ${what}` : `Cannot read ${what}${separator}${path}`),
    error: (message) => new WsConfigurationError(message),
  });
}
