/* eslint-disable */
// Written by `npx nestwire contract` from the gateways: change them, not this file.

/** /notifications: NotificationsGateway */
export interface NotificationsContract {
  calls: {};
  mail: {
    notification: { title: string; text: string; at: string };
  };
}
