import type TS from 'typescript';

/** A part of what a handler takes of a message. */
export interface DataPart {
  /** `undefined` for the data itself. */
  readonly property: string | undefined;
  readonly type: TS.Type;
  readonly isOptional: boolean;
  /** The parameter. */
  readonly node: TS.Node;
}

/** What a handler answers: once, or one after another. */
export interface Answer {
  readonly isStream: boolean;
  readonly types: readonly TS.Type[];
}

/** A method that handles an event. */
export interface HandlerSource {
  readonly event: string;
  /** Where `@OnMessage` stands. */
  readonly node: TS.Node;
  /** Those it serves; empty for all. */
  readonly protocols: readonly string[];
  readonly data: readonly DataPart[];
  readonly answer: Answer;
  /** Whether it takes bytes beside the data. */
  readonly takesUpload: boolean;
}
