/** 128 random bits as four numbers. */
export function newKey(): string {
  const { crypto } = globalThis as {
    crypto?: { getRandomValues(bytes: Uint32Array): Uint32Array };
  };
  const words = new Uint32Array(4);
  // React Native has none without a package: keys need to be unlike each other, not secret.
  return (crypto?.getRandomValues(words) ?? words.map(() => Math.random() * 2 ** 32)).join('-');
}
