import { types } from 'node:util';
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  type InflateRaw,
} from 'node:zlib';

/**
 * Node's zlib binding, called synchronously and kept between calls. The documented interface has
 * streams, which cost a trip through the thread pool per message, and one-shot functions, which
 * allocate a state of up to 256 KiB per message; neither can go on synchronously where the last call
 * stopped. This file is the only one that touches these private parts of Node, and it checks that
 * they are what it expects before anything relies on them; `one-shot.ts` is the documented way.
 */
interface Binding {
  writeSync(
    flush: number,
    input: Uint8Array | null,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
  reset(): void;
  close(): void;
  onerror: (message: string, errno: number, code: string) => void;
}

interface Internals {
  readonly _handle: Binding | null;
  readonly _writeState: Uint32Array;
}

export type DeflateSettings = {
  readonly windowBits: number;
  readonly level: number;
  readonly memLevel: number;
  readonly strategy?: number;
};

/** Of the stream's own output buffer, which stays unused: zlib writes where `write` says. */
const LEAST_CHUNK = constants.Z_MIN_CHUNK;

/** One deflate or inflate state. */
export class ZlibHandle {
  /** Input bytes the last `write` left. */
  availableIn = 0;
  /** Output bytes the last `write` left free. */
  availableOut = 0;
  /** What zlib said was wrong with the input, null when nothing was. */
  fault: string | null = null;

  private readonly binding: Binding;
  private readonly state: Uint32Array;

  private constructor(stream: DeflateRaw | InflateRaw) {
    const internals = stream as unknown as Internals;
    this.binding = internals._handle!;
    this.state = internals._writeState;
    this.binding.onerror = (message): void => {
      this.fault = message;
    };
  }

  static deflate(settings: DeflateSettings): ZlibHandle {
    return new ZlibHandle(createDeflateRaw({ ...settings, chunkSize: LEAST_CHUNK }));
  }

  static inflate(windowBits: number): ZlibHandle {
    return new ZlibHandle(createInflateRaw({ windowBits, chunkSize: LEAST_CHUNK }));
  }

  /** @returns false when the input is corrupt; `fault` says why. */
  write(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
  ): boolean {
    const { binding, state } = this;
    binding.writeSync(
      flush,
      input,
      inputAt,
      inputLength,
      output,
      outputAt,
      output.length - outputAt,
    );
    this.availableOut = state[0]!;
    this.availableIn = state[1]!;
    return this.fault === null;
  }

  /** Back to the state of a new handle. */
  reset(): void {
    this.fault = null;
    this.binding.reset();
  }

  close(): void {
    this.binding.close();
  }
}

/**
 * Whether this Node has the private parts, tried out with a round trip.
 * @param deflater makes the stream to look at; another one in tests
 */
export function hasSyncBinding(deflater: () => unknown = createDeflateRaw): boolean {
  try {
    const stream = deflater() as Internals;
    const binding = stream._handle;
    if (binding === null || typeof binding.writeSync !== 'function') return false;
    if (typeof binding.reset !== 'function' || typeof binding.close !== 'function') return false;
    // Not `instanceof`, which says no to an array of another realm, as in a test runner's.
    if (!types.isUint32Array(stream._writeState) || stream._writeState.length < 2) return false;
    binding.close();
    return roundTrip();
  } catch {
    return false;
  }
}

function roundTrip(): boolean {
  const deflate = ZlibHandle.deflate({ windowBits: 15, level: 1, memLevel: 8 });
  const inflate = ZlibHandle.inflate(15);
  try {
    const text = Buffer.from('nestwire');
    const packed = Buffer.alloc(64);
    const unpacked = Buffer.alloc(64);
    deflate.write(constants.Z_SYNC_FLUSH, text, 0, text.length, packed, 0);
    const length = packed.length - deflate.availableOut;
    inflate.write(constants.Z_SYNC_FLUSH, packed, 0, length, unpacked, 0);
    return unpacked.subarray(0, unpacked.length - inflate.availableOut).equals(text);
  } finally {
    deflate.close();
    inflate.close();
  }
}
