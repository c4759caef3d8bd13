import { BadRequestException } from '@nestjs/common';

/** Who is behind a connection. */
export interface Guest {
  /** Of the tab, chosen by it. */
  readonly id: string;
  readonly name: string;
}

const LONGEST_NAME = 32;

/** @throws {BadRequestException} for an id that is none, and a name that cannot be shown */
export function readGuest(id: unknown, name: unknown): Guest {
  if (typeof id !== 'string' || !/^[\w-]{8,64}$/.test(id)) {
    throw new BadRequestException('The guest has no id');
  }
  const text = typeof name === 'string' ? name.trim() : '';
  // Line breaks and terminal escapes have no business in a list of people.
  if (text === '' || Array.from(text).length > LONGEST_NAME || /\p{Cc}/u.test(text)) {
    throw new BadRequestException(`The name is not one of 1 to ${LONGEST_NAME} characters`);
  }
  return { id, name: text };
}
