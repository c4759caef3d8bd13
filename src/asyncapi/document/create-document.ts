import type { INestApplicationContext } from '@nestjs/common';
import { configurationPlace } from '../../options/configuration-place.js';
import type { GatewayRoute } from '../../routes/gateway-route.js';
import { WsConfigurationError } from '../../support/ws-configuration-error.js';
import { CHANNELS, type ApiChannelOptions } from '../decorators/api-channel.decorator.js';
import { describeGap } from '../schemas/gaps.js';
import { toRecord } from '../schemas/json-schema.js';
import { merged } from '../messages/words.js';
import { ChannelWriter } from '../writer/channel-writer.js';
import { DocumentWriter } from '../writer/document-writer.js';
import type { AsyncApiDocument, ChannelObject } from '../writer/document.js';
import { ASYNCAPI_OPTIONS, type AsyncApiOptions } from './asyncapi-options.js';
import { channelAddress, type ChannelAddress } from './channel-address.js';
import { channelBindings } from './channel-bindings.js';
import { channelSecurity } from './channel-security.js';
import { contentTypeOf } from './content-type.js';
import { writeHandlers } from './handler-operations.js';
import { routesOf, type ApplicationRoutes } from './routes-of.js';
import { writeSent } from './sent-operations.js';
import { serverObjects } from './server-objects.js';
import { writeWire } from './wire-operations.js';

const PLACE = configurationPlace('AsyncAPI option');

/**
 * Writes the document of an application.
 * @throws {WsConfigurationError} for a wrong option or gateway, and with `strict` for what nobody has declared
 */
export async function createDocument(
  app: INestApplicationContext,
  given: AsyncApiOptions = {},
): Promise<AsyncApiDocument> {
  const { servers, wire, strict, onGap, ...words } = ASYNCAPI_OPTIONS.resolve(given, PLACE);
  const located = serverObjects(servers);
  const application = await routesOf(app);
  const document = new DocumentWriter();
  for (const route of application.routes) writeChannel(route, application.options, wire, document);
  const gaps = document.gaps.all;
  for (const gap of gaps) onGap?.(gap);
  if (strict && gaps.length > 0) {
    const lines = gaps.map((gap) => `\n  ${describeGap(gap)}`);
    throw new WsConfigurationError(
      `Cannot write the AsyncAPI document: option strict expects everything to be declared, current value is without${lines.join('')}`,
    );
  }
  const { description, contact, license } = words;
  const info = {
    title: words.title,
    version: words.version,
    ...(description !== undefined && { description }),
    ...(contact !== undefined && { contact }),
    ...(license !== undefined && { license }),
  };
  return document.finish(info, located);
}

function writeChannel(
  route: GatewayRoute,
  options: ApplicationRoutes['options'],
  wire: boolean,
  document: DocumentWriter,
): void {
  const { gateways, path, version } = route;
  const address = channelAddress(path.pattern);
  const suffix = version.key === '' ? '' : `.v${version.key.replaceAll(',', '.')}`;
  const channel = new ChannelWriter(
    document.channelNames.take(address.name + suffix),
    document,
    channelSecurity(gateways, document),
    contentTypeOf(route, options.codecs ?? {}),
  );
  for (const { type } of gateways) document.schemas.knowModels(type);
  for (const gateway of gateways) writeHandlers(gateway, channel);
  writeSent(gateways, channel);
  if (wire) writeWire(route, channel);
  const said = merged(
    // A class comes before what it extends.
    gateways.flatMap(({ type }) => CHANNELS.ofClass(type).toReversed()),
  );
  document.addChannel(channel.name, {
    address: address.address,
    ...channelWords(said, route, address),
    messages: channel.messages,
    ...channelParameters(said, address),
    bindings: { ws: channelBindings(route, document.schemas) },
  });
}

function channelWords(
  { title, summary, description, tags }: ApiChannelOptions,
  { version }: GatewayRoute,
  { optional }: ChannelAddress,
): Pick<ChannelObject, 'title' | 'summary' | 'description' | 'tags'> {
  const notes = [
    description,
    version.key !== '' && `For requests that ask for version ${version.key}.`,
    ...optional.map((part) => `\`${part}\` may be left out.`),
  ].filter((note) => typeof note === 'string');
  return {
    ...(title !== undefined && { title }),
    ...(summary !== undefined && { summary }),
    ...(notes.length > 0 && { description: notes.join('\n\n') }),
    ...(tags !== undefined && { tags: [...new Set(tags)].map((name) => ({ name })) }),
  };
}

function channelParameters(
  { parameters = {} }: ApiChannelOptions,
  address: ChannelAddress,
): Pick<ChannelObject, 'parameters'> {
  if (address.parameters.length === 0) return {};
  return {
    parameters: toRecord(
      address.parameters.map(({ name, original, isWildcard, isOptional }) => {
        const notes = [
          Object.hasOwn(parameters, original) && parameters[original],
          isWildcard && 'One segment of the path or more.',
          isOptional && 'May be left out.',
        ].filter((note) => typeof note === 'string');
        return [name, notes.length === 0 ? {} : { description: notes.join(' ') }];
      }),
    ),
  };
}
