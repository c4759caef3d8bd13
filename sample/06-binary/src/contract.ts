/* eslint-disable */
// Written by `npx nestwire contract` from the gateways: change them, not this file.

/** /upload: UploadGateway */
export interface UploadContract {
  calls: {
    start(data: { name: string; size: number }):
      | {
          readonly name: string;
          readonly size: number;
          readonly sha256: string;
        }
      | { upload: number };
    stop(data: { upload: number }): void;
  };
}
