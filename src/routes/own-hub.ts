import { Hub } from '#hub';
import { isRecord } from '../support/is-record.js';
import type { GatewayRoute } from './gateway-route.js';

/**
 * Where a gateway of ours names a hub of its own: its connections are none of the application's then. They are in
 * no registry of it, get no broadcast, and take nobody's place.
 */
export const kHub = Symbol('own hub');

/** @returns undefined for gateways of the application */
export function hubOf({ gateways }: GatewayRoute): Hub | undefined {
  for (const { wrapper } of gateways) {
    const instance: unknown = wrapper.instance;
    const hub: unknown = isRecord(instance) ? Reflect.get(instance, kHub) : undefined;
    if (hub instanceof Hub) return hub;
  }
  return undefined;
}
