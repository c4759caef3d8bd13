/** The name that takes the fewest changes. */
export function nearest(name: string, names: readonly string[]): string {
  const distance = (other: string): number => {
    let row = Array.from(`${other} `).map((_, index) => index);
    for (const [at, letter] of Array.from(name.toLowerCase()).entries()) {
      const next = [at + 1];
      for (const [index, wanted] of Array.from(other.toLowerCase()).entries()) {
        const [left = 0, above = 0, corner = 0] = [next[index], row[index + 1], row[index]];
        next.push(Math.min(left + 1, above + 1, corner + Number(letter !== wanted)));
      }
      row = next;
    }
    return row.at(-1) ?? 0;
  };
  return [...names].sort((a, b) => distance(a) - distance(b))[0] ?? '';
}
