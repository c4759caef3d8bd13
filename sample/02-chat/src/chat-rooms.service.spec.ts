import { beforeEach, describe, expect, it } from '@jest/globals';
import { BadRequestException, ConflictException } from '@nestjs/common';
import { ChatRooms } from './chat-rooms.service.js';

describe('ChatRooms', () => {
  let rooms: ChatRooms;
  beforeEach(() => {
    rooms = new ChatRooms();
  });

  it.each([undefined, '', '   ', 'x'.repeat(33), ['a', 'b'], 'a\nb'])(
    'refuses the name %j',
    (name) => {
      expect(() => rooms.admit('lobby', name)).toThrow(BadRequestException);
      expect(rooms.size).toBe(0);
    },
  );

  it('admits a name of 32 characters, counted as people count them', () => {
    expect(rooms.admit('lobby', 'x'.repeat(32)).guest).toHaveLength(32);
    expect(rooms.admit('lobby', '🙂'.repeat(32)).guest).toBe('🙂'.repeat(32));
    expect(() => rooms.admit('lobby', '🙂'.repeat(33))).toThrow(BadRequestException);
  });

  it('refuses rooms without a name or with one over 64 characters', () => {
    expect(() => rooms.admit('', 'Ada')).toThrow(BadRequestException);
    expect(() => rooms.admit('r'.repeat(65), 'Ada')).toThrow(BadRequestException);
    expect(rooms.admit('r'.repeat(64), 'Ada').roomName).toHaveLength(64);
  });

  it('keeps a name from the handshake on, before the guest is in', () => {
    const seat = rooms.admit('lobby', 'Ada');
    expect(() => rooms.admit('lobby', 'Ada')).toThrow(ConflictException);
    expect(seat.room.people).toEqual([]);
    seat.take();
    expect(seat.room.people).toEqual(['Ada']);
  });

  it.each(['ada', ' Ada ', 'ＡＤＡ'])('takes %j for the name Ada', (name) => {
    rooms.admit('lobby', 'Ada');
    expect(() => rooms.admit('lobby', name)).toThrow(ConflictException);
  });

  it('allows the same name in another room', () => {
    rooms.admit('lobby', 'Ada');
    expect(rooms.admit('coffee', 'Ada').roomName).toBe('coffee');
  });

  it('frees a name whose handshake came to nothing', () => {
    rooms.admit('lobby', 'Ada').giveUp();
    expect(rooms.admit('lobby', 'Ada').guest).toBe('Ada');
  });

  it('never frees the name of a successor when a seat is given up twice', () => {
    const first = rooms.admit('lobby', 'Ada');
    first.giveUp();
    rooms.admit('lobby', 'Ada');
    first.giveUp();
    expect(() => rooms.admit('lobby', 'Ada')).toThrow(ConflictException);
  });

  it('does not seat a guest whose socket is gone already', () => {
    const seat = rooms.admit('lobby', 'Ada');
    seat.giveUp();
    seat.take();
    expect(seat.room.people).toEqual([]);
  });

  it('lists people in the order in which they came in', () => {
    const ada = rooms.admit('lobby', 'Ada');
    const grace = rooms.admit('lobby', 'Grace');
    grace.take();
    ada.take();
    expect(ada.room.people).toEqual(['Grace', 'Ada']);
  });

  it('forgets a room when nobody is left', () => {
    const ada = rooms.admit('lobby', 'Ada');
    const grace = rooms.admit('lobby', 'Grace');
    ada.giveUp();
    expect(rooms.size).toBe(1);
    grace.giveUp();
    expect(rooms.size).toBe(0);
  });

  it('lists the rooms with people in them, the fullest first', () => {
    for (const [room, name] of [
      ['b', 'Ada'],
      ['a', 'Ada'],
      ['a', 'Grace'],
      ['c', 'Ada'],
    ] as const) {
      rooms.admit(room, name).take();
    }
    rooms.admit('on-the-way', 'Ada');
    expect(rooms.list()).toEqual([
      { room: 'a', people: 2 },
      { room: 'b', people: 1 },
      { room: 'c', people: 1 },
    ]);
  });
});
