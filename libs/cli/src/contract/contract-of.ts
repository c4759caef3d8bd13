import type { Project } from '../compiler/project.js';
import type { Emission } from '../emissions/emission.js';
import type { HandlerSource } from '../gateways/handler-source.js';
import { quoted } from '../types/literals.js';
import type { WireTypes } from '../types/wire-types.js';
import { callOf } from './call-of.js';
import type { Contract } from './contract.js';
import type { ContractSource } from './contract-source.js';
import { sentOf } from './sent-of.js';

/**
 * What the gateways of a path speak.
 * @param sent what the server sends there by itself
 * @param protocol the subprotocol that is agreed on; where events have a handler for each
 */
export function contractOf(
  project: Project,
  types: WireTypes,
  { name, address: { path, version }, gateways, sameAs }: ContractSource,
  sent: readonly Emission[],
  protocol: string | undefined,
): Contract {
  const all = sameAs === undefined ? gateways.flatMap((gateway) => gateway.handlers) : [];
  const handlers = served(project, all, protocol);
  const uploads = handlers.filter(({ takesUpload }) => takesUpload);
  const others = handlers.filter(({ takesUpload }) => !takesUpload);
  const streams = others.filter(({ answer }) => answer.isStream);
  const calls = others.filter(({ answer }) => !answer.isStream);
  const written = (some: readonly HandlerSource[]) => some.map((one) => callOf(types, one));
  return {
    name,
    place: `${path ?? 'A path that is known at start'}${version === '' ? '' : `, version ${version}`}`,
    gateways: gateways.map((gateway) => gateway.name).join(', '),
    sameAs,
    calls: written(calls),
    streams: written(streams),
    uploads: written(uploads),
    events: sentOf(types, sent, 'events'),
    mail: sentOf(types, sent, 'mail'),
  };
}

/** One handler for each event, as the router chooses it. */
function served(
  { problems }: Project,
  handlers: readonly HandlerSource[],
  protocol: string | undefined,
): HandlerSource[] {
  const byEvent = new Map<string, HandlerSource[]>();
  for (const handler of handlers) {
    byEvent.set(handler.event, [...(byEvent.get(handler.event) ?? []), handler]);
  }
  return [...byEvent].flatMap(([event, all]) => {
    const own = all.filter(
      ({ protocols }) => protocol !== undefined && protocols.includes(protocol),
    );
    const others = all.filter(({ protocols }) => protocols.length === 0);
    const fitting = protocol === undefined ? all : own.length > 0 ? own : others;
    const [chosen, second] = fitting;
    if (second !== undefined) {
      const names = [...new Set(all.flatMap(({ protocols }) => protocols))];
      const expected =
        names.length === 0 ? 'expected one' : `expected --protocol with one of ${names.join(', ')}`;
      problems.add(
        second.node,
        `Cannot write the contract: ${quoted(event)} has ${fitting.length} handlers on its path, ${expected}`,
      );
    }
    return chosen ?? [];
  });
}
