/** Ends a subscription. Calling it again does nothing. */
export type Off = () => void;
