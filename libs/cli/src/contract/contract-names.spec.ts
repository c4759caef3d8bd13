import { describe, expect, it } from '@jest/globals';
import { contractNames } from './contract-names.js';

const names = (...paths: (string | undefined)[]): string[] =>
  contractNames(paths.map((path) => ({ address: { path, version: '' }, gateways: [] })));

describe('names of contracts', () => {
  it.each([
    ['/', 'RootContract'],
    ['/board', 'BoardContract'],
    ['/chat/:room', 'ChatContract'],
    ['/live-prices/eu', 'LivePricesEuContract'],
    ['/files/*path', 'FilesContract'],
    ['/a{/:b}', 'AContract'],
    ['/:id', 'RootContract'],
    ['/2fa', 'Path2faContract'],
    ['/größe/日本', 'Größe日本Contract'],
    ['/chat/:"a room"', 'ChatContract'],
  ])('are made of the words of the path: %s', (path, name) => {
    expect(names(path)).toEqual([name]);
  });

  it('have the parameters where they would be the same, and numbers in the end', () => {
    expect(names('/chat', '/chat/:room', '/chat/:room/:day', '/c-hat', '/c/hat')).toEqual([
      'ChatContract',
      'ChatRoomContract',
      'ChatRoomDayContract',
      'CHatContract',
      'CHatContract2',
    ]);
  });

  it('say the version', () => {
    const versions = ['1', '2.1', '2026-01'].map((version) => ({
      address: { path: '/board', version },
      gateways: [],
    }));
    expect(contractNames(versions)).toEqual([
      'BoardV1Contract',
      'BoardV21Contract',
      'BoardV202601Contract',
    ]);
  });
});
