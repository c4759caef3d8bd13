export function release(
  text: string,
  version: string,
  day: string,
): { notes: string; text: string };
