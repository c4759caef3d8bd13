// In a CommonJS application under Jest and ts-jest, with the configuration of docs/testing.md.
import { expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { OnMessage, WsGateway, WsModule, type Connection } from 'nestwire';
import { WsTestClient } from 'nestwire/testing';

@WsGateway('/sums')
class SumGateway {
  @OnMessage('add')
  add(_connection: Connection, numbers: number[]): number {
    return numbers.reduce((sum, one) => sum + one, 0);
  }
}

it('tests a gateway', async () => {
  const module = await Test.createTestingModule({
    imports: [WsModule.forRoot()],
    providers: [SumGateway],
  }).compile();
  const app = module.createNestApplication();
  const client = await WsTestClient.connect(app, '/sums');
  expect(await client.request('add', [1, 2])).toBe(3);
  const failure: unknown = await client
    .next('sum', { timeout: 1 })
    .catch((error: unknown) => error);
  expect((failure as Error).stack).toMatch(
    /^WsTestError: Cannot get "sum"[^]*\n {4}at .*sums\.spec\.ts/,
  );
  expect((failure as Error).stack).not.toContain('ws-test-client');
  await app.close();
});
