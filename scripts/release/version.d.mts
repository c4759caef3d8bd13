export type Bump = 'major' | 'minor' | 'patch';
export function bumpOf(commits: readonly string[]): Bump | null;
export function nextVersion(current: string, bump: Bump | null): string;
export function comesAfter(next: string, current: string): boolean;
