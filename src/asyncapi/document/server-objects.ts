import { configurationPlace } from '../../options/configuration-place.js';
import { toRecord } from '../schemas/json-schema.js';
import { UniqueNames } from '../schemas/unique-names.js';
import type { ServerObject } from '../writer/document.js';
import type { AsyncApiOptions } from './asyncapi-options.js';

const PLACE = configurationPlace('AsyncAPI option');

/** @throws {WsConfigurationError} for what is no URL of WebSockets */
export function serverObjects(
  given: AsyncApiOptions['servers'],
): Readonly<Record<string, ServerObject>> | undefined {
  if (given === undefined) return undefined;
  const names = new UniqueNames();
  return toRecord(
    Object.entries(given).map(([name, server]) => {
      const { url, description } =
        typeof server === 'string' ? { url: server, description: undefined } : server;
      return [names.take(name), { ...located(name, url), ...(description && { description }) }];
    }),
  );
}

function located(name: string, given: string): ServerObject {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^wss?:$/.test(url.protocol) || url.search + url.hash !== '') {
    throw PLACE.in(`servers.${name}`).refuse('a URL such as wss://example.com/api', given);
  }
  const pathname = url.pathname.replace(/\/+$/, '');
  return {
    host: url.host,
    protocol: url.protocol.slice(0, -1),
    ...(pathname !== '' && { pathname }),
  };
}
