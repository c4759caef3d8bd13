import { constants } from 'node:zlib';
import { ZlibHandle, type DeflateSettings } from './zlib-handle.js';
import { FLUSH_TAIL } from './window.js';

const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** RFC 7692 7.2.3.6: an empty message is one empty block, its header bits in one byte. */
const EMPTY_MESSAGE = Buffer.from([0x00]);

const shared = new Map<string, ZlibHandle>();

/** Equal for settings that give equal bytes. */
export function settingsKey(settings: DeflateSettings): string {
  const { windowBits, level, memLevel, strategy } = settings;
  return `${windowBits} ${level} ${memLevel} ${strategy ?? 0}`;
}

function sharedHandle(settings: DeflateSettings, key: string): ZlibHandle {
  let handle = shared.get(key);
  if (handle === undefined) shared.set(key, (handle = ZlibHandle.deflate(settings)));
  return handle;
}

/** Deflates messages, synchronously. */
export class Deflater {
  /** Equal for deflaters that give equal bytes; null when earlier messages make a difference. */
  readonly sharedKey: string | null;

  private handle: ZlibHandle | null = null;

  /**
   * @param takeover whether messages may refer back to earlier ones, which costs a state per
   *   connection; without, one state serves all connections and is reset after each message
   */
  constructor(
    private readonly takeover: boolean,
    private readonly settings: DeflateSettings,
  ) {
    this.sharedKey = takeover ? null : settingsKey(settings);
  }

  /** @returns the payload of one compressed message: a view only valid until the next call. */
  compress(payload: Uint8Array): Buffer {
    if (payload.length === 0) return EMPTY_MESSAGE;
    const { sharedKey } = this;
    const handle =
      sharedKey === null
        ? (this.handle ??= ZlibHandle.deflate(this.settings))
        : sharedHandle(this.settings, sharedKey);
    const parts: Buffer[] = [];
    let at = 0;
    for (;;) {
      handle.write(constants.Z_SYNC_FLUSH, payload, at, payload.length - at, scratch, 0);
      at = payload.length - handle.availableIn;
      const produced = scratch.length - handle.availableOut;
      if (handle.availableOut > 0) {
        if (!this.takeover) handle.reset();
        return withoutTail(parts, scratch.subarray(0, produced));
      }
      parts.push(Buffer.from(scratch.subarray(0, produced)));
    }
  }

  end(): void {
    this.handle?.close();
    this.handle = null;
  }
}

function withoutTail(parts: Buffer[], last: Buffer): Buffer {
  if (parts.length === 0) return last.subarray(0, last.length - FLUSH_TAIL.length);
  const whole = Buffer.concat([...parts, last]);
  return whole.subarray(0, whole.length - FLUSH_TAIL.length);
}
