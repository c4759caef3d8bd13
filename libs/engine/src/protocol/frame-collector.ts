import type { FrameHeader } from './frame-header.js';
import { MessageAssembler } from './message-assembler.js';
import { Opcode } from './opcode.js';
import { Utf8Validator } from '../bytes/utf8.js';

/**
 * Puts together the frames that arrive in several pieces, for a sink that wants frames instead of
 * messages. Holds one frame at most, within twice its bytes.
 */
export class FrameCollector {
  private pieces: MessageAssembler | null = null;
  // Of the text under way: its characters may be split between frames, but it must be UTF-8 as a whole.
  private text: Utf8Validator | null = null;

  constructor(private readonly validate: boolean) {}

  /** Bytes held of a frame that is not complete yet. */
  get length(): number {
    return this.pieces === null ? 0 : this.pieces.length;
  }

  /**
   * Takes the next piece of a data frame.
   * @param ahead bytes of the frame that follow the piece; 0 ends the frame
   * @param owned whether the piece may be handed on; one that is not is only needed during the call
   * @returns the frame's payload with the last piece, some buffer before; null when the text of the
   *   message can no longer become valid UTF-8 (RFC 6455 8.1)
   */
  add(header: FrameHeader, piece: Buffer, ahead: number, owned = false): Buffer | null {
    const last = ahead === 0;
    if (!this.isText(header, piece, last)) return null;
    if (last && this.pieces === null) return owned ? piece : Buffer.from(piece);
    this.pieces ??= new MessageAssembler(false);
    this.pieces.append(piece, false, ahead);
    if (!last) return piece;
    const payload = this.pieces.join();
    this.pieces = null;
    return payload;
  }

  /** Lets go of what was collected. */
  end(): void {
    this.pieces = null;
    this.text = null;
  }

  private isText(header: FrameHeader, piece: Buffer, last: boolean): boolean {
    // What is compressed shows its text only after inflating.
    if (header.opcode === Opcode.Text && header.rsv === 0 && this.validate) {
      this.text ??= new Utf8Validator();
    }
    const { text } = this;
    if (text === null) return true;
    if (!last || !header.fin) return text.push(piece);
    this.text = null;
    return text.push(piece) && text.end();
  }
}
