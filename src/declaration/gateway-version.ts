import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Logger, VERSION_NEUTRAL, VersioningType, type VersioningOptions } from '@nestjs/common';

/** As `@Controller({ version })` takes it: a version, `VERSION_NEUTRAL`, or a list of them. */
export type GatewayVersion = NonNullable<VersioningOptions['defaultVersion']>;

const logger = new Logger('WsModule');

type Versions = readonly (string | typeof VERSION_NEUTRAL)[];

/** What the path begins with, behind the prefix, for each version of a gateway: `/v1`, or nothing. */
export function versionSegments(
  version: GatewayVersion | undefined,
  versioning: VersioningOptions | undefined,
): string[] {
  if (versioning?.type !== VersioningType.URI) return [''];
  const versions = listOf(version ?? versioning.defaultVersion);
  if (versions.length === 0) return [''];
  const mark = versioning.prefix === false ? '' : (versioning.prefix ?? 'v');
  return versions.map((one) => (one === VERSION_NEUTRAL ? '' : `/${mark}${one}`));
}

/** Which requests mean one of a gateway's versions, where the path does not say it. */
export interface VersionFilter {
  /** Equal for gateways that take the same requests. */
  readonly key: string;
  accepts(request: IncomingMessage): boolean;
}

const ANY: VersionFilter = { key: '', accepts: () => true };

/** Follows Nest's router, so that a gateway and a controller of one version take the same clients. */
export function versionFilter(
  version: GatewayVersion | undefined,
  versioning: VersioningOptions | undefined,
): VersionFilter {
  if (versioning === undefined || versioning.type === VersioningType.URI) return ANY;
  const given = version ?? versioning.defaultVersion;
  const versions = listOf(given);
  if (versions.length === 0 || given === VERSION_NEUTRAL) return ANY;
  return {
    key: versions.map(String).sort().join(','),
    accepts: (request) => {
      const asked = requestedVersion(request, versioning);
      if (asked.length === 0) return versions.includes(VERSION_NEUTRAL);
      return asked.some((one) => versions.includes(one));
    },
  };
}

function listOf(version: GatewayVersion | undefined): Versions {
  if (version === undefined) return [];
  return Array.isArray(version) ? version : [version];
}

function requestedVersion(
  request: IncomingMessage,
  versioning: Exclude<VersioningOptions, { type: VersioningType.URI }>,
): readonly string[] {
  switch (versioning.type) {
    case VersioningType.HEADER:
      return stringsOf(headerOf(request.headers, versioning.header));
    case VersioningType.MEDIA_TYPE:
      return mediaTypeVersion(request.headers.accept, versioning.key);
    default:
      return stringsOf(extract(versioning.extractor, request));
  }
}

/** It is the application's code in the middle of an upgrade: what it throws must not end the process. */
function extract(extractor: (request: unknown) => unknown, request: IncomingMessage): unknown {
  try {
    return extractor(request);
  } catch (error) {
    logger.error('Cannot extract version', error instanceof Error ? error.stack : error);
    return undefined;
  }
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | string[] | undefined {
  return headers[name.toLowerCase()];
}

/** `application/json;v=2` with the key `v=` is version 2. */
function mediaTypeVersion(accept: string | undefined, key: string): readonly string[] {
  for (const part of (accept ?? '').split(/[;,]/)) {
    const parameter = part.trim();
    if (parameter.startsWith(key)) return [parameter.slice(key.length)];
  }
  return [];
}

function stringsOf(value: unknown): readonly string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one): one is string => typeof one === 'string' && one !== '');
}
