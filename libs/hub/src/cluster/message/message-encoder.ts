import type { ByteWriter } from '../../support/byte-writer.js';
import type { MessageKind } from '../bus/message-kind.js';
import { encodeMessage, type MessageHeader } from './cluster-message.js';
import type { Seal } from './seal.js';

/** Writes the messages of one node. */
export class MessageEncoder {
  readonly #node: string;
  readonly #seal: Seal | undefined;
  readonly #version: () => number;

  /** @param version asked for each message: the highest that all nodes speak */
  constructor(node: string, seal: Seal | undefined, version: () => number) {
    this.#node = node;
    this.#seal = seal;
    this.#version = version;
  }

  /**
   * @param version for what nodes of every version have to read
   * @param size bytes the payload will have, nearly
   */
  encode(
    kind: MessageKind,
    { seq, prev, flags }: Pick<MessageHeader, 'seq' | 'prev' | 'flags'>,
    write: (writer: ByteWriter) => void,
    size = 0,
    version: number = this.#version(),
  ): Buffer {
    const header = { version, kind, flags, node: this.#node, seq, prev };
    return encodeMessage(header, this.#seal, write, size);
  }
}
