import { MAX_DELAY } from '../../options/option-kinds.js';
import { MalformedBytes, type ByteReader } from '../../support/byte-reader.js';
import type { ByteWriter } from '../../support/byte-writer.js';

/** What one node may ask of the others; its number on the wire. Never give a number a second meaning. */
export const Question = {
  Find: 1,
  Count: 2,
  Disconnect: 3,
  Join: 4,
  Leave: 5,
  RoomSize: 6,
  RoomNames: 7,
  /** Ask clients, and collect their answers. */
  Request: 8,
  /** Send an event to one connection; wants no answer. */
  Send: 9,
  /** Close one connection; wants no answer. */
  Close: 10,
} as const;

export type Question = (typeof Question)[keyof typeof Question];

/** How a node has answered. */
export const AnswerStatus = {
  Done: 0,
  /** Its answer has more than a megabyte. */
  TooLarge: 1,
  /** It does not know the question: it is of another version. */
  Unsupported: 2,
  /** It answers too many already. */
  Busy: 3,
  Failed: 4,
} as const;

export type AnswerStatus = (typeof AnswerStatus)[keyof typeof AnswerStatus];

/** Bytes a question may have; the bus carries no more. */
export const MAX_QUESTION = 64 * 1024;
/** Bytes an answer may have. */
export const MAX_ANSWER = 1024 * 1024;
/** A question as it travels; `id` 0 wants no answer. */
interface QuestionFrame {
  readonly id: number;
  readonly question: number;
  /** Milliseconds the asked node has. */
  readonly timeout: number;
  readonly body: Uint8Array;
}

export function writeQuestion(writer: ByteWriter, frame: QuestionFrame): ByteWriter {
  return writer
    .u48(frame.id)
    .u8(frame.question)
    .u32(Math.min(frame.timeout, MAX_DELAY))
    .raw(frame.body);
}

/** @throws {MalformedBytes} */
export function readQuestion(reader: ByteReader): QuestionFrame {
  const [id, question, timeout] = [reader.u48(), reader.u8(), reader.u32()];
  if (timeout > MAX_DELAY) throw new MalformedBytes('A time that a timer takes is expected');
  return { id, question, timeout, body: reader.raw(reader.left) };
}

/** An answer as it travels. */
interface AnswerFrame {
  readonly id: number;
  readonly status: number;
  readonly body: Uint8Array;
}

export function writeAnswer(writer: ByteWriter, { id, status, body }: AnswerFrame): ByteWriter {
  return writer.u48(id).u8(status).raw(body);
}

/** @throws {MalformedBytes} */
export function readAnswer(reader: ByteReader): AnswerFrame {
  return { id: reader.u48(), status: reader.u8(), body: reader.raw(reader.left) };
}
