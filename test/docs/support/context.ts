/** What blocks take from the application around them: `any` is left out on purpose where types matter. */
export const CONTEXT = `
import type { INestApplication } from '@nestjs/common';
import type * as nestwire from 'nestwire';
import type { EventEmitter } from 'node:events';
import type { Observable } from 'rxjs';

declare global {
  const app: INestApplication;
  const connection: nestwire.Connection;
  const registry: nestwire.ConnectionRegistry;
  const rooms: nestwire.Rooms;
  const broadcaster: nestwire.Broadcaster;
  const presence: nestwire.Presence;
  const history: nestwire.History;
  const mailbox: nestwire.Mailbox;
  const ca: string;
  const logger: { warn(message: string): void };
  const name: string;
  const text: string;
  const title: string;
  const epoch: string;
  const offset: number;
  const bytes: Uint8Array;
  const data: { symbol: string };
  const position: { x: number; y: number };
  const basicAuth: (request: unknown, response: unknown, next: () => void) => void;
  const findToken: nestwire.TokenExtractor;
  const nameOf: (connection: nestwire.Connection) => string;
  const parse: (message: string | Uint8Array) => { type: string; payload: unknown; id?: string };
  interface Account { validUntil: number }
  interface Claims { sub: string; exp: number }
  interface Quote { symbol: string; price: number }
  interface Row { id: string }
  class MembersOnly { canActivate(): boolean }
  class JwtGuard { canActivate(): boolean }
  class TenantGuard { canActivate(): boolean }
  class SayDto { text: string }
  class ExportDto { from: string }
  class QueryFailedError extends Error {}
  interface Fields {
    jwt: { verifyAsync(token: string): Promise<object> };
    metrics: { count(name: string): void };
    market: { of(symbol: string): Observable<Quote> };
    database: { read(query: ExportDto): AsyncIterable<Row> };
    changes: EventEmitter;
  }
  const it: (name: string, test: () => Promise<void>) => void;
  const expect: (value: unknown) => {
    toEqual(value: unknown): void;
    readonly rejects: { toMatchObject(value: object): Promise<void> };
  };
  const jest: { useFakeTimers(options: { doNotFake: string[] }): void };
  const vi: { useFakeTimers(options: { toFake: string[] }): void };
}
`;

/** Modules whose names a fragment may use without importing them. */
export const MODULES = [
  'nestwire',
  'nestwire/health',
  'nestwire/inspector',
  'nestwire/nats',
  'nestwire/redis',
  'nestwire/testing',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/passport',
  '@nestjs/terminus',
  '@nestjs/throttler',
  'passport-jwt',
  'rxjs',
  'node:events',
];
/** The fields a pasted member finds in its class, and other files of the application. */
export const OTHER_FILES: Readonly<Record<string, string>> = {
  'app.module.ts': 'export class AppModule {}\n',
  'chat.module.ts': 'export class ChatModule {}\n',
  'contract.ts': `export interface Card { readonly id: string; title: string; moved?: string }
export interface BoardContract {
  calls: { move(data: { card: string; to: number }): Card; cards(): Card[] };
  streams: { watch(data: { column: 'todo' | 'done' }): Card };
}
`,
  'say.dto.ts': 'export class SayDto { text: string }\n',
  'config.ts': 'export declare class ConfigService { getOrThrow<T = string>(name: string): T }\n',
};
