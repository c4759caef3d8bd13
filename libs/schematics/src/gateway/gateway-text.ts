import type { FilePlace } from '../project/file-options.js';

export function gatewayText({ name, className, extension }: FilePlace): string {
  return `import { UsePipes, ValidationPipe } from '@nestjs/common';
import { MessageBody, OnMessage, WsGateway } from 'nestwire';
import { SayDto } from './dto/say.dto${extension}';

/** Clients connect to ws://localhost:3000/${name} and send {"event":"say","data":{"text":"hello"},"id":1}. */
@WsGateway('/${name}')
@UsePipes(new ValidationPipe({ whitelist: true }))
export class ${className}Gateway {
  @OnMessage('say')
  say(@MessageBody() message: SayDto): { said: string } {
    return { said: message.text };
  }
}
`;
}

export function dtoText(): string {
  return `import { IsString, MaxLength } from 'class-validator';

export class SayDto {
  @IsString()
  @MaxLength(1_000)
  text!: string;
}
`;
}

/** @param vitest whether names of the test runner have to be imported */
export function specText({ name, className, extension }: FilePlace, vitest: boolean): string {
  const runner = vitest
    ? `import { afterEach, beforeEach, describe, expect, it } from 'vitest';\n`
    : '';
  return `import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { WsModule } from 'nestwire';
import { WsTestClient } from 'nestwire/testing';
${runner}import { ${className}Gateway } from './${name}.gateway${extension}';

describe('${className}Gateway', () => {
  let app: INestApplication;

  beforeEach(async () => {
    const module = await Test.createTestingModule({
      imports: [WsModule.forRoot()],
      providers: [${className}Gateway],
    }).compile();
    app = module.createNestApplication();
  });

  afterEach(() => app.close());

  it('answers what it is told', async () => {
    const client = await WsTestClient.connect(app, '/${name}');
    expect(await client.request('say', { text: 'hello' })).toEqual({ said: 'hello' });
  });

  it('refuses what is no text', async () => {
    const client = await WsTestClient.connect(app, '/${name}');
    await expect(client.request('say', { text: 1 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});
`;
}
