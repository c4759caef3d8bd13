import type { Logger } from '@nestjs/common';
import type { GatewayRoute } from './gateway-route.js';

/** A path of its own, or a set of paths: optional parts and wildcards. */
const SEVERAL = /[*{]/;
/** Escaped, so that the pattern is none of the paths it matches. */
const ESCAPED = /[\\"]/;

/**
 * Warns of paths that an earlier one takes whole: the first that matches takes the client, as for
 * controllers, and what the other one checks is never asked.
 */
export function findShadowed(routes: readonly GatewayRoute[], logger: Pick<Logger, 'warn'>): void {
  for (const [index, route] of routes.entries()) {
    const first = routes.slice(0, index).find((earlier) => takesAllOf(earlier, route));
    if (first === undefined) continue;
    logger.warn(
      `Cannot reach gateway ${namesOf(route)}: ${first.path.pattern} of ${namesOf(first)} is registered before it and takes its clients, unasked by its checks; expected the more exact path first, current value is ${route.path.pattern}`,
    );
  }
}

function takesAllOf(first: GatewayRoute, second: GatewayRoute): boolean {
  const { pattern } = second.path;
  if (first.version.key !== '' && first.version.key !== second.version.key) return false;
  if (ESCAPED.test(pattern)) return false;
  // Of several paths one may be left that only a wildcard takes as well.
  if (SEVERAL.test(pattern) && !first.path.pattern.includes('*')) return false;
  // A pattern is among what it matches: `:room` is a segment like any other.
  return first.path.match(pattern) !== null;
}

function namesOf({ gateways }: GatewayRoute): string {
  return gateways.map(({ name }) => name).join(', ');
}
