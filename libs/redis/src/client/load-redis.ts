import { UsageError } from '#engine';
import type { NodeRedisClient } from './client-shapes.js';

/** What is used of the package `redis`. */
interface RedisPackage {
  readonly createClient: (options: object) => NodeRedisClient;
}

/** @throws {UsageError} as a rejection, when the package is not installed */
export async function loadRedis(): Promise<RedisPackage> {
  try {
    return await import('redis');
  } catch (cause) {
    const error = new UsageError(
      'Cannot use redisBroker: the package redis 6 or later is not installed; install it, or hand over an ioredis client as option client',
      'WS_ERR_MISSING_PACKAGE',
    );
    error.cause = cause;
    throw error;
  }
}
