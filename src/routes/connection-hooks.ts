import type { Connection, EndpointHooks } from '#hub';
import type { HookName } from '../declaration/hooks.js';
import { formatError } from '../pipeline/filters/error-formatter.js';
import type { CallerFactory } from '../pipeline/caller-factory.js';
import type { GatewayDefinition } from '../declaration/gateway-definition.js';
import type { GatewayRoute } from './gateway-route.js';
import { RefusalLog } from './refusal-log.js';
import { MessageContext } from '../pipeline/message-context.js';

/** One hook method of a gateway. */
type Hook = (connection: Connection, data?: unknown) => Promise<void>;

/** The hooks that gateways have beside the connect hook, and how those of several gateways run. */
const LATER_HOOKS = [
  { name: 'disconnect', run: runInTurn },
  { name: 'error', run: runAtOnce },
  { name: 'ping', run: runAtOnce },
  { name: 'pong', run: runAtOnce },
  { name: 'drain', run: runAtOnce },
] as const;

/**
 * What all the gateways of a path do beside the messages of a connection, as one.
 * @param begin what comes before the connect hooks
 */
export function connectionHooks(
  route: GatewayRoute,
  callers: CallerFactory,
  begin?: (connection: Connection) => void,
): EndpointHooks {
  const make = (name: HookName): Hook[] =>
    route.gateways.flatMap((gateway) =>
      gateway.hooks(name).map((method) => hookOf(gateway, method, name, callers)),
    );
  const log = new RefusalLog(route.path.pattern);
  const hooks: EndpointHooks = {
    describe(error, _connection, event) {
      const { reply } = formatError(error);
      log.refused(reply, event);
      return reply;
    },
  };
  const connect = make('connect');
  // Left out when there are none, so that a connection without hooks never waits for one.
  if (connect.length > 0 || begin !== undefined) {
    hooks.connect = (connection) => {
      begin?.(connection);
      return connect.length === 0 ? undefined : enter(connect, connection);
    };
  }
  for (const { name, run } of LATER_HOOKS) {
    const later = make(name);
    if (later.length === 0) continue;
    hooks[name] = async (connection: Connection, data?: unknown) => {
      throwFailures(name, await run(later, connection, data));
    };
  }
  return hooks;
}

function hookOf(
  gateway: GatewayDefinition,
  method: string,
  name: HookName,
  callers: CallerFactory,
): Hook {
  const call = callers.hook(gateway, method);
  return async (connection, data) => {
    await call(connection, data, new MessageContext(connection, name, data), name);
  };
}

/** One after another: the second gateway may rely on what the first put on the connection. */
async function enter(hooks: readonly Hook[], connection: Connection): Promise<void> {
  for (const hook of hooks) await hook(connection);
}

/**
 * One after another, also after one has failed: every gateway gets to clean up.
 * @returns what failed
 */
async function runInTurn(
  hooks: readonly Hook[],
  connection: Connection,
  data: unknown,
): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const hook of hooks) {
    await hook(connection, data).catch((error: unknown) => failures.push(error));
  }
  return failures;
}

/**
 * None is kept waiting by another gateway's, which may take its time or never end.
 * @returns what failed
 */
async function runAtOnce(
  hooks: readonly Hook[],
  connection: Connection,
  data: unknown,
): Promise<unknown[]> {
  const failures: unknown[] = [];
  await Promise.all(
    hooks.map((hook) => hook(connection, data).catch((error: unknown) => failures.push(error))),
  );
  return failures;
}

function throwFailures(name: HookName, failures: readonly unknown[]): void {
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, `Cannot finish ${name} hooks`);
}
