import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  MaxFileSizeValidator,
  ParseFilePipe,
  UseGuards,
  UsePipes,
  ValidationPipe,
  type CanActivate,
  type ExecutionContext,
  type PipeTransform,
} from '@nestjs/common';
import {
  Connection,
  EventName,
  MessageBody,
  OnBinary,
  OnMessage,
  Protocol,
  WsGateway,
} from 'nestwire';
import { closeApps, createApp, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

/** Sends bytes and gives the bytes that come back. */
async function exchange(client: Client, ...bytes: number[]): Promise<number[]> {
  const answer = once(client.socket, 'message') as Promise<[Buffer, boolean]>;
  client.socket.send(Buffer.from(bytes));
  const [data, isBinary] = await answer;
  expect(isBinary).toBe(true);
  return [...data];
}

@Injectable()
class FirstByteGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const data = context.switchToWs().getData<Buffer>();
    return data[0] !== 0xff;
  }
}

@UsePipes(new ValidationPipe({ transform: true }))
@WsGateway('/')
class BinaryGateway {
  @OnBinary(1)
  reverse(@MessageBody() bytes: Buffer): Buffer {
    return Buffer.from(bytes.toReversed());
  }

  @OnBinary(2)
  @OnBinary(3)
  length(_connection: Connection, bytes: Buffer): object {
    return { length: bytes.length };
  }

  @OnBinary(4)
  async nothing(): Promise<void> {
    await Promise.resolve();
  }

  @OnBinary(5)
  fail(): never {
    throw new Error('secret detail');
  }

  @UseGuards(FirstByteGuard)
  @OnBinary()
  other(connection: Connection, bytes: Buffer): Uint8Array {
    return new Uint8Array(bytes);
  }

  @OnMessage('text')
  text(@EventName() event: string): string {
    return event;
  }
}

describe('@OnBinary', () => {
  it('with a type gets the bytes behind it, without one everything else as it is', async () => {
    const { url } = await startApp({ providers: [BinaryGateway] });
    const client = await Client.connect(url);
    expect(await exchange(client, 1, 10, 20, 30)).toEqual([30, 20, 10]);
    expect(await exchange(client, 9, 10)).toEqual([9, 10]);
    expect(await exchange(client)).toEqual([]);
  });

  it('answers with an event when it returns no bytes, and not at all when it returns nothing', async () => {
    const { url } = await startApp({ providers: [BinaryGateway] });
    const client = await Client.connect(url);
    client.socket.send(Buffer.from([4]));
    client.socket.send(Buffer.from([3, 1, 1]));
    expect(await client.next()).toEqual({ event: 'binary', data: { length: 2 } });
  });

  it('goes through guards and pipes, and its errors say nothing about the server', async () => {
    const { url, log } = await startApp({ providers: [BinaryGateway] });
    const client = await Client.connect(url);
    client.socket.send(Buffer.from([0xff]));
    expect(await client.next()).toMatchObject({ event: 'exception', data: { code: 'FORBIDDEN' } });
    client.socket.send(Buffer.from([5]));
    const frame = await client.next();
    expect(frame.data).toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(JSON.stringify(frame)).not.toContain('secret');
    expect(log.of('error')[0]).toContain('Cannot finish message "binary"');
  });

  it('stands beside text messages, and is logged like them', async () => {
    const { url, log } = await startApp({ providers: [BinaryGateway] });
    const client = await Client.connect(url);
    expect((await client.ask('text')).data).toBe('text');
    expect(log.of('log')).toEqual(
      expect.arrayContaining(['Mapped {/, binary 0x02} message', 'Mapped {/, binary} message']),
    );
  });

  it('that is missing for a type, or on the whole path, is told to the client', async () => {
    @WsGateway('/typed')
    class TypedGateway {
      @OnBinary(1)
      one(): void {}
    }
    @WsGateway('/none')
    class NoneGateway {
      @OnMessage('a')
      a(): void {}
    }
    const { url } = await startApp({ providers: [TypedGateway, NoneGateway] });
    const typed = await Client.connect(`${url}/typed`);
    typed.socket.send(Buffer.from([2]));
    expect((await typed.next()).data).toMatchObject({ code: 'UNKNOWN_EVENT' });
    const none = await Client.connect(`${url}/none`);
    none.socket.send(Buffer.from([2]));
    expect((await none.next()).data).toMatchObject({ code: 'BAD_ENVELOPE' });
  });

  it('may differ by protocol', async () => {
    @Protocol('v2', 'v1')
    @WsGateway('/')
    class VersionedGateway {
      @OnBinary(1)
      plain(): string {
        return 'plain';
      }
      @Protocol('v2')
      @OnBinary(1)
      two(): string {
        return 'two';
      }
    }
    const { url } = await startApp({ providers: [VersionedGateway] });
    for (const [protocol, answer] of [
      ['v1', 'plain'],
      ['v2', 'two'],
    ] as const) {
      const client = await Client.connect(url, { protocols: [protocol] });
      client.socket.send(Buffer.from([1]));
      expect((await client.next()).data).toBe(answer);
    }
  });

  it('takes a type of 0 to 255, once on a path', async () => {
    const types = {} as { upload: number };
    expect(() => OnBinary(types.upload)).toThrow('expected 0 to 255, current value is undefined');
    expect(() => OnBinary(256)).toThrow('current value is 256');
    @WsGateway('/')
    class Twice {
      @OnBinary(7)
      seven(): void {}
    }
    @WsGateway('/')
    class Again {
      @OnBinary(7)
      sept(): void {}
    }
    const app = await createApp({ providers: [Twice, Again] });
    await expect(app.init()).rejects.toThrow(
      'Cannot map Again.sept: binary type 7 is already handled by Twice.seven',
    );
  });
});

describe("Nest's ParseFilePipe", () => {
  it('checks a binary message that a pipe before it makes a file of', async () => {
    class AsFilePipe implements PipeTransform<Buffer, object> {
      transform(buffer: Buffer): object {
        return { buffer, size: buffer.length };
      }
    }
    const validators = [new MaxFileSizeValidator({ maxSize: 3 })];
    @WsGateway('/')
    class UploadGateway {
      @OnBinary()
      upload(
        @MessageBody(AsFilePipe, new ParseFilePipe({ validators })) file: { buffer: Buffer },
      ): Buffer {
        return file.buffer;
      }
    }
    const { url } = await startApp({ providers: [UploadGateway] });
    const client = await Client.connect(url);
    expect(await exchange(client, 1, 2)).toEqual([1, 2]);
    client.socket.send(Buffer.alloc(4));
    expect((await client.next()).data).toMatchObject({ code: 'BAD_REQUEST' });
  });
});
