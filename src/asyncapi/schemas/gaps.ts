/** Something that nobody has described, so that the document says nothing of it. */
export interface Gap {
  /** Of a class, such as `ChatGateway.say` or `Card.tags`. */
  readonly place: string;
  /** What is not known there. */
  readonly what: string;
  /** What would say it. */
  readonly expected: string;
}

export function describeGap({ place, what, expected }: Gap): string {
  return `${place}: ${what} is not declared, expected ${expected}`;
}

/** What a document leaves open, each once. */
export class Gaps {
  readonly #found = new Map<string, Gap>();

  add(gap: Gap): void {
    this.#found.set(`${gap.place} ${gap.what}`, gap);
  }

  get all(): readonly Gap[] {
    return [...this.#found.values()];
  }
}
