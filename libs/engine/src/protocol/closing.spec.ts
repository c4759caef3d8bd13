import * as fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { rawClosePayload } from '../testing-fixtures/raw-frame.js';
import { Closing, ClosingAction, type ClosingState } from './closing.js';
import type { Role } from './protocol.js';

/** Everything that can happen to a connection, as far as its end is concerned. */
const INPUTS = {
  close: (one: Closing) => one.close(rawClosePayload(1000, 'us'), false),
  'close while paused': (one: Closing) => one.close(rawClosePayload(1000, 'us'), true),
  "peer's Close": (one: Closing) => one.peerClosed(4001, 'peer'),
  "peer's Close without code": (one: Closing) => one.peerClosed(1005, ''),
  'violation or limit': (one: Closing) => one.fail(1002, 'broken'),
  'no pong or stalled': (one: Closing) => one.giveUp(1013),
  'terminate or closing time over': (one: Closing) => one.terminate(),
  FIN: (one: Closing) => one.peerEnded(),
  'socket error': (one: Closing) => one.socketFailed(),
  'queue emptied': (one: Closing) => one.queueEmptied(),
  'socket closed': (one: Closing) => one.socketClosed(),
};
type Input = keyof typeof INPUTS;
const inputs = Object.keys(INPUTS) as Input[];

/** What comes of an input: the state, what is to be done, and what would be reported. */
type Outcome = readonly [state: ClosingState, actions: string, report: string];
const NOTHING = null;

interface Start {
  readonly role?: Role;
  /** What has happened before. */
  readonly after: readonly Input[];
  /** What comes of each input; `NOTHING` where all stays as it is and nothing is to be done. */
  readonly next: Record<Input, Outcome | typeof NOTHING>;
}

// What is done, where it is the same in several places.
const TOO_LATE = 'StopParsing StartDeadline ReadOn EndAfterQueue';
const TOO_LATE_CLIENT = 'StopParsing StartDeadline ReadOn';
const ANSWER = 'StopParsing SendClose(4001 peer) StartDeadline ReadOn EndAfterQueue';
const ANSWER_EMPTY = 'StopParsing SendClose() StartDeadline ReadOn EndAfterQueue';
const FAIL = 'StopParsing SendClose(1002 broken) StartDeadline ReadOn EndAfterQueue TellError';
const FAIL_SILENTLY = 'StopParsing StartDeadline ReadOn EndAfterQueue TellError';
const TAKE_ANSWER = 'StopParsing StartDeadline ReadOn EndAfterQueue';
const GIVE_UP = 'StopParsing Flush Destroy TellError';
const TERMINATE = 'StopParsing Flush Destroy';
const END = 'StartDeadline EndAfterQueue';
const DROP = 'Destroy TellError';

const TABLE: Record<string, Start> = {
  open: {
    after: [],
    next: {
      close: ['close-sent', 'SendClose(1000 us) StartDeadline Flush', '1006 unclean'],
      'close while paused': [
        'close-sent',
        'SendClose(1000 us) StartDeadline Flush ReadOn',
        '1006 unclean',
      ],
      "peer's Close": ['exchanged', ANSWER, '4001 peer clean'],
      "peer's Close without code": ['exchanged', ANSWER_EMPTY, '1005 clean'],
      'violation or limit': ['failed', FAIL, '1002 unclean'],
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['terminated', TERMINATE, '1006 unclean'],
      FIN: ['peer-gone', END, '1006 unclean'],
      'socket error': ['peer-gone', DROP, '1006 unclean'],
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '1006 unclean'],
    },
  },
  'closing by us': {
    after: ['close'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": ['exchanged', TAKE_ANSWER, '4001 peer clean'],
      "peer's Close without code": ['exchanged', TAKE_ANSWER, '1005 clean'],
      'violation or limit': ['failed', FAIL_SILENTLY, '1002 unclean'],
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['terminated', TERMINATE, '1006 unclean'],
      FIN: ['peer-gone', END, '1006 unclean'],
      'socket error': ['peer-gone', DROP, '1006 unclean'],
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '1006 unclean'],
    },
  },
  'closed by the peer, answered': {
    after: ["peer's Close"],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': ['failed', FAIL_SILENTLY, '4001 peer clean'],
      'no pong or stalled': ['failed', GIVE_UP, '4001 peer clean'],
      'terminate or closing time over': ['terminated', TERMINATE, '4001 peer clean'],
      FIN: ['exchanged', END, '4001 peer clean'],
      'socket error': ['exchanged', DROP, '4001 peer clean'],
      'queue emptied': ['exchanged', 'EndNow', '4001 peer clean'],
      'socket closed': ['closed', 'StopParsing', '4001 peer clean'],
    },
  },
  'closed by the server, answered by us as a client': {
    role: 'client',
    after: ["peer's Close"],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': ['failed', FAIL_SILENTLY, '4001 peer clean'],
      'no pong or stalled': ['failed', GIVE_UP, '4001 peer clean'],
      'terminate or closing time over': ['terminated', TERMINATE, '4001 peer clean'],
      FIN: ['exchanged', END, '4001 peer clean'],
      'socket error': ['exchanged', DROP, '4001 peer clean'],
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '4001 peer clean'],
    },
  },
  'closed by us as a client, answered': {
    role: 'client',
    after: ['close', "peer's Close"],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': ['failed', FAIL_SILENTLY, '4001 peer clean'],
      'no pong or stalled': ['failed', GIVE_UP, '4001 peer clean'],
      'terminate or closing time over': ['terminated', TERMINATE, '4001 peer clean'],
      FIN: ['exchanged', END, '4001 peer clean'],
      'socket error': ['exchanged', DROP, '4001 peer clean'],
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '4001 peer clean'],
    },
  },
  'left by the peer': {
    after: ['FIN'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": ['exchanged', TOO_LATE, '4001 peer unclean'],
      "peer's Close without code": ['exchanged', TOO_LATE, '1005 unclean'],
      'violation or limit': ['failed', FAIL, '1002 unclean'],
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['terminated', TERMINATE, '1006 unclean'],
      FIN: ['peer-gone', END, '1006 unclean'],
      'socket error': ['peer-gone', DROP, '1006 unclean'],
      'queue emptied': ['peer-gone', 'EndNow', '1006 unclean'],
      'socket closed': ['closed', 'StopParsing', '1006 unclean'],
    },
  },
  'left by the peer while we were closing': {
    after: ['close', 'FIN'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": ['exchanged', TAKE_ANSWER, '4001 peer clean'],
      "peer's Close without code": ['exchanged', TAKE_ANSWER, '1005 clean'],
      'violation or limit': ['failed', FAIL_SILENTLY, '1002 unclean'],
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['terminated', TERMINATE, '1006 unclean'],
      FIN: ['peer-gone', END, '1006 unclean'],
      'socket error': ['peer-gone', DROP, '1006 unclean'],
      'queue emptied': ['peer-gone', 'EndNow', '1006 unclean'],
      'socket closed': ['closed', 'StopParsing', '1006 unclean'],
    },
  },
  'lost by an error': {
    after: ['socket error'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": ['exchanged', TOO_LATE, '4001 peer unclean'],
      "peer's Close without code": ['exchanged', TOO_LATE, '1005 unclean'],
      'violation or limit': ['failed', FAIL, '1002 unclean'],
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['terminated', TERMINATE, '1006 unclean'],
      FIN: ['peer-gone', END, '1006 unclean'],
      'socket error': ['peer-gone', DROP, '1006 unclean'],
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '1006 unclean'],
    },
  },
  'lost by an error, as a client': {
    role: 'client',
    after: ['socket error'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": ['exchanged', TOO_LATE_CLIENT, '4001 peer unclean'],
      "peer's Close without code": ['exchanged', TOO_LATE_CLIENT, '1005 unclean'],
      'violation or limit': ['failed', FAIL, '1002 unclean'],
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['terminated', TERMINATE, '1006 unclean'],
      FIN: ['peer-gone', END, '1006 unclean'],
      'socket error': ['peer-gone', DROP, '1006 unclean'],
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '1006 unclean'],
    },
  },
  failed: {
    after: ['violation or limit'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': NOTHING,
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['failed', TERMINATE, '1002 unclean'],
      FIN: ['failed', END, '1002 unclean'],
      'socket error': ['failed', 'Destroy', '1002 unclean'],
      'queue emptied': ['failed', 'EndNow', '1002 unclean'],
      'socket closed': ['closed', 'StopParsing', '1002 unclean'],
    },
  },
  'failed while we were closing': {
    after: ['close', 'violation or limit'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': NOTHING,
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['failed', TERMINATE, '1002 unclean'],
      FIN: ['failed', END, '1002 unclean'],
      'socket error': ['failed', 'Destroy', '1002 unclean'],
      'queue emptied': ['failed', 'EndNow', '1002 unclean'],
      'socket closed': ['closed', 'StopParsing', '1002 unclean'],
    },
  },
  'failed after both Close frames': {
    after: ["peer's Close", 'violation or limit'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': NOTHING,
      'no pong or stalled': ['failed', GIVE_UP, '4001 peer clean'],
      'terminate or closing time over': ['failed', TERMINATE, '4001 peer clean'],
      FIN: ['failed', END, '4001 peer clean'],
      'socket error': ['failed', 'Destroy', '4001 peer clean'],
      'queue emptied': ['failed', 'EndNow', '4001 peer clean'],
      'socket closed': ['closed', 'StopParsing', '4001 peer clean'],
    },
  },
  'given up': {
    after: ['no pong or stalled'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': NOTHING,
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['failed', TERMINATE, '1013 unclean'],
      FIN: ['failed', END, '1013 unclean'],
      'socket error': ['failed', 'Destroy', '1013 unclean'],
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '1013 unclean'],
    },
  },
  terminated: {
    after: ['terminate or closing time over'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': ['failed', FAIL, '1002 unclean'],
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['terminated', TERMINATE, '1006 unclean'],
      FIN: ['terminated', END, '1006 unclean'],
      'socket error': ['terminated', DROP, '1006 unclean'],
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '1006 unclean'],
    },
  },
  'terminated while closing': {
    after: ['close', 'terminate or closing time over'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': ['failed', FAIL_SILENTLY, '1002 unclean'],
      'no pong or stalled': ['failed', GIVE_UP, '1013 unclean'],
      'terminate or closing time over': ['terminated', TERMINATE, '1006 unclean'],
      FIN: ['terminated', END, '1006 unclean'],
      'socket error': ['terminated', DROP, '1006 unclean'],
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '1006 unclean'],
    },
  },
  'terminated after both Close frames, as a client': {
    role: 'client',
    after: ["peer's Close", 'terminate or closing time over'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': ['failed', FAIL_SILENTLY, '4001 peer clean'],
      'no pong or stalled': ['failed', GIVE_UP, '4001 peer clean'],
      'terminate or closing time over': ['terminated', TERMINATE, '4001 peer clean'],
      FIN: ['terminated', END, '4001 peer clean'],
      'socket error': ['terminated', DROP, '4001 peer clean'],
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '4001 peer clean'],
    },
  },
  'gone without a Close frame': {
    after: ['socket closed'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': NOTHING,
      'no pong or stalled': NOTHING,
      'terminate or closing time over': NOTHING,
      FIN: NOTHING,
      'socket error': NOTHING,
      'queue emptied': NOTHING,
      'socket closed': ['closed', 'StopParsing', '1006 unclean'],
    },
  },
  'gone after both Close frames': {
    after: ["peer's Close", 'socket closed'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': NOTHING,
      'no pong or stalled': NOTHING,
      'terminate or closing time over': NOTHING,
      FIN: NOTHING,
      'socket error': NOTHING,
      'queue emptied': ['closed', 'EndNow', '4001 peer clean'],
      'socket closed': ['closed', 'StopParsing', '4001 peer clean'],
    },
  },
  'gone after it has failed': {
    after: ['violation or limit', 'socket closed'],
    next: {
      close: NOTHING,
      'close while paused': NOTHING,
      "peer's Close": NOTHING,
      "peer's Close without code": NOTHING,
      'violation or limit': NOTHING,
      'no pong or stalled': NOTHING,
      'terminate or closing time over': NOTHING,
      FIN: NOTHING,
      'socket error': NOTHING,
      'queue emptied': ['closed', 'EndNow', '1002 unclean'],
      'socket closed': ['closed', 'StopParsing', '1002 unclean'],
    },
  },
};

function actionsOf(flags: number, one: Closing): string {
  return Object.entries(ClosingAction)
    .filter(([, flag]) => (flags & flag) !== 0)
    .map(([name, flag]) => (flag === ClosingAction.SendClose ? `${name}(${frameOf(one)})` : name))
    .join(' ');
}

function frameOf({ frame }: Closing): string {
  const body = Buffer.from(frame);
  return body.length === 0 ? '' : `${body.readUInt16BE(0)} ${body.toString('utf8', 2)}`.trim();
}

function reportOf({ code, reason, wasClean }: Closing): string {
  return `${code} ${reason} ${wasClean ? 'clean' : 'unclean'}`.replace('  ', ' ');
}

function begin({ role = 'server', after }: Pick<Start, 'role' | 'after'>): Closing {
  const one = new Closing(role);
  for (const input of after) INPUTS[input](one);
  return one;
}

describe('a connection that is', () => {
  describe.each(Object.entries(TABLE))('%s', (_name, start) => {
    it.each(inputs)('does what is due: %s', (input) => {
      const one = begin(start);
      const before = Object.entries(one);
      const flags = INPUTS[input](one);
      const expected = start.next[input];
      if (expected === NOTHING) {
        expect(flags).toBe(ClosingAction.None);
        expect(Object.entries(one)).toEqual(before);
      } else {
        expect([one.state, actionsOf(flags, one), reportOf(one)]).toEqual(expected);
      }
    });
  });
});

describe('a Close frame that is answered', () => {
  it('is echoed as far as it fits, for a wrong byte that nobody checked has become three', () => {
    const one = new Closing('server');
    one.peerClosed(1000, '\ufffd'.repeat(123));
    expect(frameOf(one)).toBe(`1000 ${'\ufffd'.repeat(41)}`);
    expect(one.reason).toHaveLength(123);
  });
});

describe('what still comes', () => {
  it.each([
    ['open', [], 'everything'],
    ['close-sent', ['close'], 'everything'],
    ['close-sent', ['close while paused'], 'all but data frames'],
    ['peer-gone', ['FIN'], 'everything'],
    ['peer-gone', ['close while paused', 'FIN'], 'all but data frames'],
    ['peer-gone', ['socket error'], 'everything'],
    ['exchanged', ["peer's Close"], 'nothing'],
    ['failed', ['violation or limit'], 'nothing'],
    ['failed', ['no pong or stalled'], 'nothing'],
    ['terminated', ['terminate or closing time over'], 'nothing'],
    ['closed', ['socket closed'], 'nothing'],
  ] as const)('counts in state %s after %j: %s', (state, after, read) => {
    const one = begin({ after });
    expect(one.state).toBe(state);
    expect(one.isDeaf ? 'nothing' : one.isMuted ? 'all but data frames' : 'everything').toBe(read);
  });

  it('leaves what waits to be sent its chance, unless the connection has failed or is gone', () => {
    const lost = inputs.filter((input) => begin({ after: [input] }).hasLost);
    expect(lost).toEqual(['violation or limit', 'no pong or stalled', 'socket closed']);
  });
});

describe('whatever happens, in any order', () => {
  const anything = fc.record({
    role: fc.constantFrom<Role>('server', 'client'),
    after: fc.array(fc.constantFrom(...inputs), { maxLength: 12 }),
  });

  it('sends one Close frame at most (5.5.1), and is clean only with one from each side (7.1.4)', () => {
    fc.assert(
      fc.property(anything, ({ role, after }) => {
        const one = new Closing(role);
        let sent = 0;
        for (const input of after) {
          if ((INPUTS[input](one) & ClosingAction.SendClose) !== 0) sent++;
        }
        expect(sent).toBeLessThanOrEqual(1);
        expect(one.wasClean && sent === 0).toBe(false);
        expect(one.wasClean && !after.some((input) => input.startsWith('peer'))).toBe(false);
      }),
    );
  });

  it('never opens its ears again, and reports the same from the end on', () => {
    fc.assert(
      fc.property(anything, ({ role, after }) => {
        const one = new Closing(role);
        for (const input of after) {
          const before = { deaf: one.isDeaf, gone: one.state === 'closed', report: reportOf(one) };
          INPUTS[input](one);
          if (before.deaf) expect(one.isDeaf).toBe(true);
          if (before.gone) expect([one.state, reportOf(one)]).toEqual(['closed', before.report]);
        }
      }),
    );
  });
});

/** Two ends and the network between them, which is as slow as `deliver` is called late. */
class TwoEnds {
  readonly server = new Closing('server');
  readonly client = new Closing('client');
  private readonly network: (() => void)[] = [];
  private readonly ended = new Set<Closing>();

  at(one: Closing, flags: number): void {
    const other = one === this.server ? this.client : this.server;
    if ((flags & ClosingAction.SendClose) !== 0) {
      const body = Buffer.from(one.frame);
      const code = body.length === 0 ? 1005 : body.readUInt16BE(0);
      this.network.push(() => this.at(other, other.peerClosed(code, body.toString('utf8', 2))));
    }
    if ((flags & ClosingAction.EndAfterQueue) !== 0 && !this.ended.has(one)) {
      this.ended.add(one);
      this.network.push(() => this.at(other, other.peerEnded()));
      if (this.ended.has(other)) this.network.push(() => this.gone());
    }
    if ((flags & ClosingAction.Destroy) === 0) return;
    one.socketClosed();
    this.network.push(
      () => void other.socketFailed(),
      () => void other.socketClosed(),
    );
  }

  deliver(): void {
    for (let next = this.network.shift(); next !== undefined; next = this.network.shift()) next();
  }

  private gone(): void {
    this.server.socketClosed();
    this.client.socketClosed();
  }
}

type Event = readonly [end: Role, input: (one: Closing) => number];
const closeWith = (body: Buffer) => (one: Closing) => one.close(body, false);
const bye = closeWith(rawClosePayload(1000, 'bye'));
const fail = (one: Closing) => one.fail(1009, 'too long');

describe('what both ends report', () => {
  it.each<[string, readonly Event[], server: string, client: string]>([
    ['the server closes', [['server', bye]], '1000 bye clean', '1000 bye clean'],
    ['the client closes', [['client', bye]], '1000 bye clean', '1000 bye clean'],
    [
      'one closes without a code',
      [['client', closeWith(Buffer.alloc(0))]],
      '1005 clean',
      '1005 clean',
    ],
    [
      'both close at once',
      [
        ['server', bye],
        ['client', closeWith(rawClosePayload(4001, 'enough'))],
      ],
      '4001 enough clean',
      '1000 bye clean',
    ],
    ['the server fails', [['server', fail]], '1009 unclean', '1009 too long clean'],
    ['the client fails', [['client', fail]], '1009 too long clean', '1009 unclean'],
    [
      'one fails while the other closes',
      [
        ['server', fail],
        ['client', bye],
      ],
      '1009 unclean',
      '1009 too long clean',
    ],
    [
      'the server gives up',
      [['server', INPUTS['no pong or stalled']]],
      '1013 unclean',
      '1006 unclean',
    ],
    [
      'the client is terminated',
      [['client', (one) => one.terminate()]],
      '1006 unclean',
      '1006 unclean',
    ],
    [
      'the client has ended without a word',
      [['server', (one) => one.peerEnded()]],
      '1006 unclean',
      '1006 unclean',
    ],
  ])('when %s', (_name, events, server, client) => {
    const ends = new TwoEnds();
    for (const [end, input] of events) ends.at(ends[end], input(ends[end]));
    ends.deliver();
    expect([ends.server.state, ends.client.state]).toEqual(['closed', 'closed']);
    expect([reportOf(ends.server), reportOf(ends.client)]).toEqual([server, client]);
  });
});

describe('what comes after the end', () => {
  it('is thrown away, up to 16 MiB; then the socket is destroyed', () => {
    const failed = new Closing('server');
    failed.fail(1002, 'broken');
    const { None, StopParsing, Flush, Destroy } = ClosingAction;
    for (let mebibytes = 0; mebibytes < 16; mebibytes++) {
      expect(failed.discard(1024 * 1024)).toBe(None);
    }
    expect(failed.discard(1)).toBe(StopParsing | Flush | Destroy);
    expect([failed.state, failed.code]).toEqual(['failed', 1002]);
  });
});
