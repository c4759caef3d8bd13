/** The name that shares the most pairs of letters with it; of two such the shorter. */
export function nearest(name: string, names: readonly string[]): string {
  const text = name.toLowerCase();
  const score = (other: string): number => {
    let shared = -other.length / 100;
    for (let at = 0; at < text.length; at += 1) {
      if (other.toLowerCase().includes(text.slice(at, at + 2))) shared += 1;
    }
    return shared;
  };
  return [...names].sort((a, b) => score(b) - score(a))[0] ?? '';
}
