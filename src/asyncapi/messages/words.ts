import type { MessageDescription } from '../decorators/api-options.js';
import type { MessageObject } from '../writer/document.js';
import type { MessageWords } from './wire-messages.js';

/** What several decorators of one kind say together: what the upper one says holds. */
export function merged<Said extends object>(said: readonly Said[]): Partial<Said> {
  return said.reduceRight<Partial<Said>>((below, above) => ({ ...below, ...above }), {});
}

export function wordsOf({
  summary,
  description,
  deprecated,
}: Pick<MessageDescription, 'summary' | 'description' | 'deprecated'>): MessageWords {
  return {
    ...(summary !== undefined && { summary }),
    ...(description !== undefined && { description }),
    ...(deprecated !== undefined && { deprecated }),
  };
}

export function examplesOf(
  given: readonly unknown[] | undefined,
  make: (data: unknown) => unknown,
): Pick<MessageObject, 'examples'> {
  if (given === undefined || given.length === 0) return {};
  return { examples: given.map((data) => ({ payload: make(data) })) };
}

export function withData(event: string, data: unknown): object {
  return data === undefined ? { event } : { event, data };
}
