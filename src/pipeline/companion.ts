import { Injectable, SetMetadata } from '@nestjs/common';
import { ENTRY_PROVIDER_METADATA } from '../support/nest-metadata.js';

/**
 * Stands in for the gateways when Nest attaches request-scoped global enhancers.
 *
 * Nest attaches a request-scoped `APP_GUARD` to controllers and entry providers only. A gateway is a
 * plain provider, so such a guard would be skipped without a word; and if the gateways were entry
 * providers themselves, they would be made anew for every message and could keep no state. This class
 * has no other purpose: resolving it for a message brings those enhancers to life for that message.
 */
@Injectable()
@SetMetadata(ENTRY_PROVIDER_METADATA, true)
export class Companion {}
