import type { INestApplicationContext } from '@nestjs/common';
import {
  ApplicationConfig,
  DiscoveryService,
  MetadataScanner,
  ModulesContainer,
} from '@nestjs/core';
import { RAW_WS_OPTIONS, WS_OPTIONS } from '../../options/ws.module-definition.js';
import { GatewayExplorer } from '../../routes/gateway-explorer.js';
import { mapRoutes, type GatewayRoute } from '../../routes/gateway-route.js';
import { pathRules } from '../../routes/path-rules.js';
import type { WsModuleOptions } from '../../options/ws-options.interface.js';
import { isRecord } from '../../support/is-record.js';

/** What an application serves, and with which options. */
export interface ApplicationRoutes {
  readonly routes: readonly GatewayRoute[];
  readonly options: Pick<WsModuleOptions, 'prefix' | 'codecs'>;
}

/**
 * The paths of an application, whether it has started or not, and in preview mode, where nothing is constructed.
 * What its gateways warn about was said, or will be, when it starts.
 * @throws {WsConfigurationError} as the start does
 */
export async function routesOf(app: INestApplicationContext): Promise<ApplicationRoutes> {
  const discovery = new DiscoveryService(app.get(ModulesContainer));
  const explorer = new GatewayExplorer(discovery, new MetadataScanner());
  const config = app.get(ApplicationConfig, { strict: false });
  const options = moduleOptions(app);
  const gateways = await explorer.explore({ warn: () => {} });
  return { routes: mapRoutes(gateways, pathRules(config, options.prefix)), options };
}

function moduleOptions(app: INestApplicationContext): ApplicationRoutes['options'] {
  for (const token of [WS_OPTIONS, RAW_WS_OPTIONS]) {
    const found = tryToGet(app, token);
    if (isRecord(found)) return found;
  }
  return {};
}

/** The module may be missing, or have no options. */
function tryToGet(app: INestApplicationContext, token: string | symbol): unknown {
  try {
    const found: unknown = app.get(token, { strict: false });
    return found;
  } catch {
    return undefined;
  }
}
