import { afterEach } from '@jest/globals';
import { Module, type INestApplication, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsModule, type WsModuleOptions } from 'nestwire';
import {
  AsyncApiModule,
  type AsyncApiDocument,
  type AsyncApiOptions,
  type Gap,
  type JsonSchema,
} from 'nestwire/asyncapi';
import { parse } from './parsed.js';

const apps: INestApplication[] = [];

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

/** Messages of the wire are left out where a test is not about them: the parser takes its time with each. */
interface Given extends AsyncApiOptions {
  readonly module?: WsModuleOptions;
  readonly prepare?: (app: INestApplication) => void;
}

/** A document, and what it leaves open. */
export interface Described {
  readonly document: AsyncApiDocument;
  readonly gaps: readonly string[];
  /** What the parser of AsyncAPI says against it. */
  readonly complaints: readonly string[];
}

/** The document of an application with these providers, its gateways among them, as it is. */
export async function unparsed(
  providers: Provider[],
  given: Given = {},
): Promise<Omit<Described, 'complaints'>> {
  const { module, prepare, ...options } = { wire: false, ...given };
  @Module({ imports: [WsModule.forRoot(module ?? {})], providers })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  apps.push(app);
  prepare?.(app);
  const gaps: Gap[] = [];
  const document = await AsyncApiModule.createDocument(app, {
    ...options,
    onGap: (gap) => gaps.push(gap),
  });
  return { document, gaps: gaps.map(({ place, what }) => `${place}: ${what}`) };
}

/** The same, and what the parser says against it. */
export async function describeApp(providers: Provider[], given?: Given): Promise<Described> {
  const described = await unparsed(providers, given);
  const { complaints } = await parse(described.document);
  return { ...described, complaints };
}

/** The whole document of one gateway, which has to be valid. */
export async function describeGateway(type: Type, given: Given = {}): Promise<Described> {
  const described = await describeApp([type], given);
  if (described.complaints.length > 0) throw new Error(described.complaints.join('\n'));
  return described;
}

/** The message of the first channel with that key; one that is shared as it is. */
export function messageOf({ document }: Described, key: string): Record<string, unknown> {
  const [channel] = Object.values(document.channels);
  const found: unknown = channel?.messages[key];
  if (found === undefined)
    throw new Error(`No message ${key} among ${Object.keys(channel?.messages ?? {}).join(', ')}`);
  return resolve(document, found) as Record<string, unknown>;
}

/** The schema of the data of a message. */
export function dataOf(described: Described, key: string): JsonSchema | undefined {
  const { payload } = messageOf(described, key) as { payload: { properties?: object } };
  return (payload.properties as { data?: JsonSchema }).data;
}

/** What a reference stands for. */
export function resolve(document: AsyncApiDocument, value: unknown): unknown {
  const { $ref } = value as { $ref?: string };
  if ($ref === undefined) return value;
  let at: unknown = document;
  for (const part of $ref.slice(2).split('/')) {
    at = (at as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return resolve(document, at);
}
