import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';

export type Role = 'editor' | 'admin';

export interface User {
  readonly name: string;
  readonly role: Role;
}

const KEY_LENGTH = 32;
const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** The two people of this sample; both have the password `demo`. */
@Injectable()
export class Users {
  private readonly salt = randomBytes(16);
  private readonly key = derive('demo', this.salt, KEY_LENGTH);
  private readonly users = new Map<string, User>([
    ['ada', { name: 'ada', role: 'admin' }],
    ['bob', { name: 'bob', role: 'editor' }],
  ]);

  /** @returns the user, or undefined for a wrong name or password; both take the same time */
  async check(name: string, password: string): Promise<User | undefined> {
    const given = await derive(password, this.salt, KEY_LENGTH);
    return timingSafeEqual(given, await this.key) ? this.users.get(name) : undefined;
  }
}
