import type { CloseInfo, Connection, GatewayHooks } from '#hub';
import { formatError } from '../filters/error-formatter.js';
import type { Caller } from './caller.js';
import type { CallerFactory } from './caller-factory.js';
import type { GatewayDefinition } from './gateway-definition.js';
import type { GatewayRoute } from './gateway-route.js';
import { MessageContext } from './message-context.js';
import type { MessageArguments } from './params-factory.js';

type Hook = Caller<MessageArguments>;

/**
 * What all the gateways of a path do when a connection comes and goes, as one.
 * @param begin what comes before that
 */
export function connectionHooks(
  route: GatewayRoute,
  callers: CallerFactory,
  begin?: (connection: Connection) => void,
): GatewayHooks {
  const make = (names: (gateway: GatewayDefinition) => readonly string[]): Hook[] =>
    route.gateways.flatMap((gateway) => names(gateway).map((name) => callers.hook(gateway, name)));
  const connect = make((gateway) => gateway.connect);
  const disconnect = make((gateway) => gateway.disconnect);
  const hooks: GatewayHooks = { error: (error) => formatError(error).reply };
  // Left out when there are none, so that a connection without hooks never waits for one.
  if (connect.length > 0 || begin !== undefined) {
    hooks.connect = (connection) => {
      begin?.(connection);
      if (connect.length === 0) return undefined;
      return runInTurn(connect, connection, undefined, 'connect');
    };
  }
  if (disconnect.length > 0) {
    hooks.disconnect = (connection, info) => runAll(disconnect, connection, info);
  }
  return hooks;
}

/** One after another: the second gateway may rely on what the first put on the connection. */
async function runInTurn(
  hooks: readonly Hook[],
  connection: Connection,
  data: unknown,
  event: string,
): Promise<void> {
  for (const hook of hooks) {
    await hook(connection, data, new MessageContext(connection, event, data), event);
  }
}

/** Every gateway gets to clean up, also after another one has failed. */
async function runAll(
  hooks: readonly Hook[],
  connection: Connection,
  info: CloseInfo,
): Promise<void> {
  const failures: unknown[] = [];
  for (const hook of hooks) {
    await runInTurn([hook], connection, info, 'disconnect').catch((error: unknown) => {
      failures.push(error);
    });
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) {
    throw new AggregateError(failures, 'Cannot finish disconnect hooks');
  }
}
