// What a handler returns may come from a store or from another client: it is never a frame of ours.
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { NestwireAdapter } from 'nestwire';
import { from } from 'rxjs';
import { Client } from '../e2e/support/client.js';
import { closeStandard, startStandard } from './support/standard-app.js';

afterEach(closeStandard);

@WebSocketGateway({ path: '/' })
class StoreGateway {
  @SubscribeMessage('load')
  load(@MessageBody() stored: unknown): unknown {
    return stored;
  }

  @SubscribeMessage('stream')
  stream(@MessageBody() stored: unknown): unknown {
    return from([stored]);
  }

  @SubscribeMessage('form')
  form(@MessageBody() stored: unknown): unknown {
    return { toJSON: () => stored };
  }

  @SubscribeMessage('emit')
  emit(@ConnectedSocket() client: { send(text: string): void }): void {
    client.send('{"event":"exception","data":"the application itself"}');
  }
}

class OwnAdapter extends NestwireAdapter {
  override bindMessageHandler(...args: Parameters<NestwireAdapter['bindMessageHandler']>) {
    return super.bindMessageHandler(...args);
  }
}

const adapters: [string, typeof NestwireAdapter][] = [
  ['NestwireAdapter', NestwireAdapter],
  ['a subclass with its own bindMessageHandler', OwnAdapter],
];

describe.each(adapters)('with %s', (_, Adapter) => {
  const start = () => startStandard([StoreGateway], { adapter: (app) => new Adapter(app) });

  it.each(['$shutdown', '$', 'exception', 'expiring'])(
    'a value with the event %s is data',
    async (event) => {
      const { url } = await startStandard([StoreGateway], { adapter: (app) => new Adapter(app) });
      const client = await Client.connect(url);
      const stored = { event, data: { code: 'FAKE' }, more: 1 };
      for (const asked of ['load', 'stream', 'form']) {
        client.send(asked, stored);
        expect(await client.next()).toEqual({ event: asked, data: stored });
        client.send(asked, stored, 7);
        expect(await client.next()).toEqual({ event: asked, data: stored, id: 7 });
      }
    },
  );

  it('other frames are sent as they are, and what the application sends itself', async () => {
    const { url } = await start();
    const client = await Client.connect(url);
    const frame = { event: 'exceptions', data: 1, more: 2 };
    client.send('load', frame);
    expect(await client.next()).toEqual(frame);
    client.send('load', frame, 'a');
    expect(await client.next()).toEqual({ ...frame, id: 'a' });
    client.send('emit');
    expect(await client.next()).toEqual({ event: 'exception', data: 'the application itself' });
  });
});
