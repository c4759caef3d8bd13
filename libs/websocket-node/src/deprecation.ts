/** Without a prototype, so that a warning can have any name. */
const deprecationWarningMap: Record<string, string | false> = Object.create(null);

/** Warnings of deprecated parts of this API, each given once. Shape of `require('websocket').deprecation`. */
export const deprecation = {
  /** Set to true to give no warning at all. */
  disableWarnings: false,

  /** The text of each warning by its name; false once it was given. Nothing is deprecated now. */
  deprecationWarningMap,

  /** Gives the warning registered under `deprecationName`, the first time. */
  warn(deprecationName: string): void {
    const warning = this.deprecationWarningMap[deprecationName];
    if (this.disableWarnings || !warning) return;
    this.deprecationWarningMap[deprecationName] = false;
    // oxlint-disable-next-line no-console -- where users of this API look for it
    console.warn(`DEPRECATION WARNING: ${warning}`);
  },
};
