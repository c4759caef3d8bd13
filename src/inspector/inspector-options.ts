import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { checkAllowedOrigins } from '#engine';
import {
  attempt,
  count,
  flag,
  isOptions,
  kind,
  OptionTable,
  REQUIRED,
  type OptionsFor,
  type Resolved,
} from '#hub';
import { configurationPlace } from '../options/configuration-place.js';

/** A guard class, or an instance, as `@UseGuards` takes it. */
export type InspectorGuard = Type<CanActivate> | CanActivate;

/** Options of `InspectorModule.forRoot()`. */
export interface InspectorOptions {
  /**
   * Who may look. It guards the page, its files, and the WebSocket before the upgrade, each as an HTTP guard.
   * There is no default: without a guard the application does not start.
   */
  readonly guard: InspectorGuard;
  /** Where the page is, behind the application's prefix. Default `/inspector`. */
  readonly path?: string | undefined;
  /** Modules whose providers the guards inject. Default none. */
  readonly imports?: ModuleMetadata['imports'];
  /** Whether what clients send and get is shown when a connection is followed. Default false. */
  readonly payloads?: boolean | undefined;
  /**
   * Whether connections may be closed and taken out of rooms: nobody, everybody whom `guard` lets in, or whom
   * another guard lets, which is asked at each action in the context of a message. Default false.
   */
  readonly actions?: boolean | InspectorGuard | undefined;
  /**
   * Pages that may connect, each as `scheme://host` or `scheme://host:port`. Default the origin of the inspector
   * itself; name it here where a proxy changes the Host header.
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Inspectors at a time; the next one is refused with 503. Default 50. */
  readonly maxInspectors?: number | undefined;
}

const PATH = /^(?:\/[\w.~-]+)+$/;

const guard = kind('a guard, without which it is served to nobody', isGuard);
const path = kind(
  'a path such as /inspector',
  (value): value is string => typeof value === 'string' && PATH.test(value),
);
const imports = kind(
  'a list of modules',
  (value): value is NonNullable<InspectorOptions['imports']> => Array.isArray(value),
);
const actions = kind(
  'true, false or a guard',
  (value): value is boolean | InspectorGuard => typeof value === 'boolean' || isGuard(value),
);
const origins = kind('a list of origins', (value): value is readonly string[] =>
  Array.isArray(value),
);
const ownOrigin = origins(undefined);

export const INSPECTOR_OPTIONS = new OptionTable({
  guard: guard(REQUIRED),
  path: path('/inspector'),
  imports: imports(undefined),
  payloads: flag(false),
  actions: actions(false),
  maxInspectors: count(50),
  allowedOrigins: {
    ...ownOrigin,
    read(value, at) {
      const list = ownOrigin.read(value, at);
      attempt(() => checkAllowedOrigins(list), at);
      return list;
    },
  },
} satisfies OptionsFor<InspectorOptions>);

export type ResolvedInspector = Resolved<typeof INSPECTOR_OPTIONS>;

/** The options checked and completed with their defaults. */
export const INSPECTOR = Symbol('nestwire:inspector');

const PLACE = configurationPlace('InspectorModule option');

/** @throws {WsConfigurationError} naming the option, its value and what is allowed */
export function resolveInspector(given: InspectorOptions): ResolvedInspector {
  return INSPECTOR_OPTIONS.resolve(given, PLACE);
}

function isGuard(value: unknown): value is InspectorGuard {
  const instance: unknown = typeof value === 'function' ? value.prototype : value;
  return (
    isOptions(instance) && 'canActivate' in instance && typeof instance.canActivate === 'function'
  );
}
