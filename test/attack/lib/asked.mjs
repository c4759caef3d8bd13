// The other end of child.mjs: a process that answers its parent, and may ask it something.

/** What the parent wants done. */
export const task = JSON.parse(process.argv[2] ?? '{}');

const waiting = new Map();

/** Answers the parent's questions by name, and ends with it. */
export function answer(questions) {
  const reply = async ({ name, number, value }) => {
    process.send({ number, value: await questions[name](value) });
  };
  process.on('message', (message) => {
    if (message.answer === undefined) void reply(message);
    else waiting.get(message.answer)?.shift()?.(message.value);
  });
  process.on('disconnect', () => process.exit());
}

/** Asks the parent. */
export function askParent(name, value) {
  return new Promise((resolve) => {
    const queue = waiting.get(name) ?? [];
    waiting.set(name, queue);
    queue.push(resolve);
    process.send({ name, value });
  });
}
