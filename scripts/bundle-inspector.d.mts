export function bundleInspector(outdir?: string): Promise<void>;
