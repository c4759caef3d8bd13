import { encodeFrame } from '../protocol/frame-encoder.js';
import { Opcode } from '../protocol/opcode.js';
import { inRootContext } from '../runtime/root-context.js';

/** A text, and the unmasked frame that it is. */
interface TextFrame {
  readonly text: string;
  readonly frame: Buffer;
  /** Bytes of the text itself. */
  readonly byteLength: number;
}

let last: TextFrame | null = null;

/**
 * A text as a frame; the same text in the same turn is the same bytes. A loop that sends a text to all its
 * connections, as programs for `ws` broadcast, has those that are slow share it, as they share the string.
 */
export function repeatedText(text: string): TextFrame {
  if (last?.text === text) return last;
  if (last === null) inRootContext(setImmediate, forget);
  const payload = Buffer.from(text);
  last = { text, frame: encodeFrame(Opcode.Text, payload), byteLength: payload.length };
  return last;
}

function forget(): void {
  last = null;
}
