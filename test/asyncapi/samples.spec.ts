import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AsyncApiModule, type AsyncApiDocument, type Gap } from 'nestwire/asyncapi';
import { AppModule as ChatModule } from '../../sample/02-chat/src/app.module.js';
import { AppModule as AuthModule } from '../../sample/03-auth/src/app.module.js';
import { AppModule as StreamingModule } from '../../sample/05-streaming/src/app.module.js';
import { AppModule as BinaryModule } from '../../sample/06-binary/src/app.module.js';
import { AppModule as BoardModule } from '../../sample/09-board/src/app.module.js';
import { parse } from './support/parsed.js';

const apps: INestApplication[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function documentOf(module: Type, gaps: Gap[] = []): Promise<AsyncApiDocument> {
  const app = await NestFactory.create(module, { logger: ['error'] });
  apps.push(app);
  return AsyncApiModule.createDocument(app, { onGap: (gap) => gaps.push(gap) });
}

describe('the document of a sample', () => {
  it.each([
    ['02-chat', ChatModule],
    ['03-auth', AuthModule],
    ['05-streaming', StreamingModule],
    ['06-binary', BinaryModule],
    ['09-board', BoardModule],
  ])('%s is valid', async (_name, module) => {
    const gaps: Gap[] = [];
    const document = await documentOf(module, gaps);
    if (process.env['DUMP']) console.log(JSON.stringify(document, null, 1), gaps);
    const { complaints } = await parse(document);
    expect(complaints).toEqual([]);
  });
});
