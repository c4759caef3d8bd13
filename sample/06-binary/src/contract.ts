/* eslint-disable */
// Written by `npx nestwire contract` from the gateways: change them, not this file.

/** /upload: UploadGateway */
export interface UploadContract {
  calls: {};
  uploads: {
    file(data: { name: string }): {
      readonly name: string;
      readonly size: number;
      readonly sha256: string;
    };
  };
  events: {
    limits: { maxFile: number };
    received: { name: string; size: number; sha256: string };
  };
}
