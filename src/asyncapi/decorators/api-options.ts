import { flag, kind, OptionTable, text, type OptionsFor } from '#hub';

/** What can be said of every message. */
export interface MessageDescription {
  /** A line. */
  summary?: string;
  /** More than that; CommonMark. */
  description?: string;
  /** Whether clients should stop using it. */
  deprecated?: boolean;
  /** What the data may be, for readers. */
  examples?: readonly unknown[];
}

export const list = kind('a list', (value): value is readonly unknown[] => Array.isArray(value));
export const texts = kind(
  'a list of strings',
  (value): value is readonly string[] =>
    Array.isArray(value) && value.every((one) => typeof one === 'string'),
);

export const MESSAGE_DESCRIPTION = new OptionTable({
  summary: text(undefined),
  description: text(undefined),
  deprecated: flag(undefined),
  examples: list(undefined),
} satisfies OptionsFor<MessageDescription>);
