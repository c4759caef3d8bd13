import type { GatewayDefinition } from '../../declaration/gateway-definition.js';
import { GUARDED_HANDSHAKE } from '../../declaration/metadata.js';
import { ParamKind } from '../../declaration/params/param-kind.js';
import { GUARDS_METADATA } from '../../support/nest-metadata.js';
import { SECURITY, type SaidSecurity } from '../decorators/api-security.decorator.js';
import { parametersOf } from '../messages/handler-data.js';
import type { DocumentWriter } from '../writer/document-writer.js';
import type { Reference } from '../writer/document.js';

/** Parameters of a verifying method that say what it goes by. */
const TELLING = [ParamKind.Query, ParamKind.Headers, ParamKind.Cookies, ParamKind.Param];

/** How clients of a path sign in: what its guards say, and its gateways. */
export function channelSecurity(
  gateways: readonly GatewayDefinition[],
  document: DocumentWriter,
): Reference[] {
  const found = new Map<string, Reference>();
  for (const gateway of gateways) {
    const said = saidOf(gateway);
    for (const one of said) {
      const reference = schemeOf(one, document);
      found.set(reference.$ref, reference);
    }
    if (said.length > 0 || gateway.verify.every((name) => isTelling(gateway, name))) continue;
    document.gaps.add({
      place: gateway.name,
      what: 'how clients sign in',
      expected: '@ApiSecurity on its guard, or on the gateway',
    });
  }
  return [...found.values()];
}

function saidOf({ type, verify }: GatewayDefinition): readonly SaidSecurity[] {
  const ofGateway = SECURITY.ofClass(type).flat();
  if (ofGateway.length > 0) return ofGateway;
  return verify.flatMap((name) => {
    const method: unknown = Reflect.get(type.prototype, name);
    const guards: unknown =
      typeof method === 'function' ? Reflect.getMetadata(GUARDS_METADATA, method) : undefined;
    const ofGuards = (Array.isArray(guards) ? guards : []).flatMap((guard: unknown) =>
      SECURITY.ofClass(classOf(guard)).flat(),
    );
    return [...ofGuards, ...SECURITY.ofMethod(type, name).flat()];
  });
}

/** A guard is given as a class or as an instance. */
function classOf(guard: unknown): object {
  if (typeof guard === 'function') return guard;
  return typeof guard === 'object' && guard !== null ? guard.constructor : Object;
}

function isTelling({ type }: GatewayDefinition, name: string): boolean {
  if (name.startsWith(GUARDED_HANDSHAKE)) return false;
  return TELLING.some((kind) => parametersOf(type, name, kind).length > 0);
}

function schemeOf(said: SaidSecurity, document: DocumentWriter): Reference {
  if ('scheme' in said && typeof said.scheme === 'object') {
    return document.shareSecurity(said.scheme.type, said.scheme);
  }
  if (!('in' in said)) return document.shareSecurity('unknown', said);
  const { name } = said;
  switch (said.in) {
    case 'header':
      return headerScheme(said, document);
    case 'protocol':
      return document.shareSecurity('subprotocol', {
        type: 'httpApiKey',
        in: 'header',
        name,
        description:
          'Offered as a subprotocol: `bearer.` and the token, beside those that are spoken.',
      });
    default:
      return document.shareSecurity(`${said.in}.${name}`, {
        type: 'httpApiKey',
        in: said.in,
        name,
      });
  }
}

function headerScheme(
  { name, scheme = '' }: { readonly name: string; readonly scheme?: string },
  document: DocumentWriter,
): Reference {
  if (name.toLowerCase() === 'authorization' && scheme !== '') {
    return document.shareSecurity(scheme.toLowerCase(), {
      type: 'http',
      scheme: scheme.toLowerCase(),
    });
  }
  const description = scheme === '' ? {} : { description: `\`${scheme}\` and the token.` };
  return document.shareSecurity(`header.${name}`, {
    type: 'httpApiKey',
    in: 'header',
    name,
    ...description,
  });
}
