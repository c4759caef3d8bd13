import { WIRE_MSGPACK_PROTOCOL, WIRE_PROTOCOL } from '#hub';
import type { GatewayDefinition } from '../../declaration/gateway-definition.js';
import { ParamKind } from '../../declaration/params/param-kind.js';
import type { GatewayRoute } from '../../routes/gateway-route.js';
import { parametersOf, parameterTypes } from '../messages/handler-data.js';
import { toRecord, type JsonSchema } from '../schemas/json-schema.js';
import type { Schemas } from '../schemas/schemas.js';

/** What the request is like that opens a connection: parameters and headers that the gateways read. */
export function channelBindings(
  { gateways, protocols }: GatewayRoute,
  schemas: Schemas,
): Readonly<Record<string, unknown>> {
  const offered = [...protocols, WIRE_PROTOCOL, WIRE_MSGPACK_PROTOCOL];
  const query = named(gateways, ParamKind.Query, schemas);
  const headers = named(gateways, ParamKind.Headers, schemas);
  headers.set('Sec-WebSocket-Protocol', {
    type: 'string',
    description: `What may be offered: ${offered.map((one) => `\`${one}\``).join(', ')}.`,
  });
  return {
    method: 'GET',
    ...(query.size > 0 && { query: { type: 'object', properties: toRecord(query) } }),
    headers: { type: 'object', properties: toRecord(headers) },
    bindingVersion: '0.1.0',
  };
}

function named(
  gateways: readonly GatewayDefinition[],
  kind: number,
  schemas: Schemas,
): Map<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  for (const { name: gateway, type, methodNames } of gateways) {
    for (const name of methodNames) {
      const types = parameterTypes(type, name);
      for (const { data, index } of parametersOf(type, name, kind)) {
        if (typeof data !== 'string') continue;
        const schema = schemas.of(types?.[index], `${gateway}.${name}.${data}`);
        found.set(data, { ...found.get(data), ...schema });
      }
    }
  }
  return found;
}
