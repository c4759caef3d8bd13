import { frame } from '../../lib/wire.mjs';

const DEPTH = 200_000;
const TEXTS = [
  `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`,
  `{"event":"echo","data":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)},"id":1}`,
  'null',
  '123',
  '[]',
  '""',
  '{}',
  '{"event":{},"id":1}',
  '{"event":null,"data":1}',
  '{"event":["echo"],"id":1}',
  `{"event":"${'e'.repeat(1_000_000)}","id":1}`,
  '{"event":"echo","id":{"a":1}}',
  '{"event":"echo"',
  '\u0000',
];

export const row = {
  title: 'JSON that is deep, long, or something else',
  on: ['nest'],
  quick: true,
  async attack({ open, ends, equal }) {
    const [peer] = await open(1);
    for (const text of TEXTS) peer.write(frame(1, text));
    await peer.until(() => peer.count(1) >= TEXTS.length, ends);
    equal('answers', peer.count(1), TEXTS.length);
    equal('closed', peer.isOver, false);
  },
};
