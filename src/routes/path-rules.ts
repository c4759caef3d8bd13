import { RequestMethod, type VersioningOptions } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { joinPath } from './gateway-path.js';
import { versionSegments, type GatewayVersion } from '../declaration/gateway-version.js';

/** What the application puts in front of every path: prefix, exceptions from it, versions. */
export interface PathRules {
  readonly prefix: string;
  readonly versioning: VersioningOptions | undefined;
  /** Whether a path, without prefix and version, was excluded from the prefix. */
  isExcluded(path: string): boolean;
}

/** @param ownPrefix replaces the application's global prefix and its exceptions */
export function pathRules(config: ApplicationConfig, ownPrefix: string | undefined): PathRules {
  const versioning = config.getVersioning();
  if (ownPrefix !== undefined) {
    return { prefix: ownPrefix, versioning, isExcluded: () => false };
  }
  const excluded = (config.getGlobalPrefixOptions().exclude ?? []).filter(
    // An upgrade is a GET (RFC 6455 4.1).
    ({ requestMethod }) =>
      requestMethod === RequestMethod.ALL || requestMethod === RequestMethod.GET,
  );
  return {
    prefix: config.getGlobalPrefix(),
    versioning,
    isExcluded: (path) => excluded.some(({ pathRegex }) => pathRegex.test(path)),
  };
}

/** The full patterns of one declared path, in the order of Nest's router: prefix, version, path. */
export function fullPaths(
  path: string,
  version: GatewayVersion | undefined,
  rules: PathRules,
): string[] {
  const front = rules.isExcluded(joinPath(path)) ? '' : rules.prefix;
  return versionSegments(version, rules.versioning).map((segment) =>
    joinPath(front, segment, path),
  );
}
