import { SIGNATURE_BYTES, type Seal } from '../message/seal.js';

/** Signs what a broker keeps of rooms or users. */
export class StoreSeal {
  readonly #seal: Seal;
  readonly #purpose: string;
  readonly #unauthenticated: (owner: string) => void;

  /**
   * @param purpose `history` or `mail`: what was signed for one is nothing for the other, and neither is a
   *   message between nodes
   * @param unauthenticated told of each body that is not signed
   */
  constructor(seal: Seal, purpose: 'history' | 'mail', unauthenticated: (owner: string) => void) {
    this.#seal = seal;
    this.#purpose = purpose;
    this.#unauthenticated = unauthenticated;
  }

  /** @param owner the room or user it is kept of: under another name it is not signed */
  close(owner: string, body: Uint8Array): Buffer {
    return Buffer.concat([body, this.#seal.sign(body, this.#context(owner))]);
  }

  /** @returns the body, a view; undefined when nobody with the secret has written it there */
  open(owner: string, sealed: Uint8Array): Uint8Array | undefined {
    const end = sealed.length - SIGNATURE_BYTES;
    if (end >= 0 && this.#seal.verify(sealed, end, this.#context(owner))) {
      return sealed.subarray(0, end);
    }
    this.#unauthenticated(owner);
    return undefined;
  }

  /** UTF-16, for a name may have a lone surrogate; its length says where the body begins. */
  #context(owner: string): Buffer {
    return Buffer.from(`nestwire ${this.#purpose} ${owner.length} ${owner}`, 'utf16le');
  }
}
