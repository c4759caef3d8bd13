import { BadRequestException } from '@nestjs/common';

/** A name a user may have in this sample: what fits into a path, a query and a list. */
const USER_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** @throws {BadRequestException} for anything but 1 to 32 lower-case letters, digits and hyphens. */
export function userName(value: unknown): string {
  if (typeof value === 'string' && USER_NAME.test(value)) return value;
  throw new BadRequestException(
    'A user is 1 to 32 lower-case letters, digits and hyphens, with a letter first',
  );
}
