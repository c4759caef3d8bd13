/** Resolves with the next exception nobody catches, which then ends nothing. */
export async function nextUncaught(): Promise<Error> {
  return new Promise((resolve) => {
    process.setUncaughtExceptionCaptureCallback((error) => {
      process.setUncaughtExceptionCaptureCallback(null);
      resolve(error);
    });
  });
}
