import type { CloseCause } from '#engine';
import { WireError } from './wire-error.js';

/** What a client did wrong ends its connection, behind the frame that says so. */
export class ClosingError extends WireError {
  constructor(
    error: WireError,
    readonly closes: Pick<CloseCause, 'code'> & { readonly reason: string },
  ) {
    super(error.code, error.message, { details: error.details, id: error.id });
  }
}
