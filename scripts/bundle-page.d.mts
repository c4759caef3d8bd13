/** Bundles the page of a sample that is written in React into one script. */
export function bundlePage(name: string, outfile: string): Promise<void>;
