import { count, delay } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { OptionTable } from '../options/option-table.js';

/** How much clients may upload, and how fast they have to. */
export interface UploadOptions {
  /** Bytes of one upload, where its handler does not say; default 16 MiB. */
  readonly maxSize?: number | undefined;
  /** Uploads of one connection at a time; default 4. */
  readonly maxPerConnection?: number | undefined;
  /**
   * Uploads of the process at a time, those included whose client is away; default 256. One user, or one
   * address where nobody is signed in, may have a sixteenth.
   */
  readonly maxUploads?: number | undefined;
  /** Bytes that a client may be ahead of the handler that reads them; default 256 KiB. */
  readonly window?: number | undefined;
  /** Milliseconds without a byte, although more is wanted, until it is given up; default 30,000. */
  readonly idleTimeout?: number | undefined;
}

export const UPLOAD_OPTIONS = new OptionTable({
  maxSize: count(16 * 1024 * 1024),
  maxPerConnection: count(4),
  maxUploads: count(256),
  window: count(256 * 1024),
  idleTimeout: delay(30_000),
} satisfies OptionsFor<UploadOptions>);
