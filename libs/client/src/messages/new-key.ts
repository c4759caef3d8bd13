/** 128 random bits as 32 hexadecimal digits. */
export function newKey(): string {
  const bytes = new Uint8Array(16);
  const { crypto } = globalThis as {
    crypto?: { getRandomValues(bytes: Uint8Array): unknown };
  };
  // React Native has none without a package: keys need to be unlike each other, not secret.
  if (crypto === undefined) bytes.forEach((_, at) => (bytes[at] = Math.random() * 256));
  else crypto.getRandomValues(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
