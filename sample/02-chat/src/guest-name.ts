import { BadRequestException } from '@nestjs/common';

/** Longest name a guest may take, in characters. */
export const MAX_NAME_LENGTH = 32;
/** Longest name of a room, in characters. */
export const MAX_ROOM_LENGTH = 64;

/**
 * The name as it will be shown to others.
 * @throws {BadRequestException} when it is missing, empty, too long, or holds control characters.
 */
export function guestName(value: unknown): string {
  return label('name', value, MAX_NAME_LENGTH);
}

/**
 * The name of a room.
 * @throws {BadRequestException} when it is empty, too long, or holds control characters.
 */
export function roomName(value: unknown): string {
  return label('room', value, MAX_ROOM_LENGTH);
}

/** Two spellings of the same name: "Ada", " ada " and its decomposed Unicode form are one guest. */
export function sameNameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

function label(what: string, value: unknown, limit: number): string {
  // A query such as ?name=a&name=b arrives as an array: no name at all.
  if (typeof value !== 'string') throw new BadRequestException(`A ${what} is missing`);
  const text = value.trim();
  if (text === '') throw new BadRequestException(`The ${what} is empty`);
  const length = Array.from(text).length;
  if (length > limit) {
    throw new BadRequestException(
      `The ${what} is longer than ${limit} characters: current length is ${length}`,
    );
  }
  // Line breaks and terminal escapes have no business in a list of people.
  if (/\p{Cc}/u.test(text)) throw new BadRequestException(`The ${what} holds control characters`);
  return text;
}
