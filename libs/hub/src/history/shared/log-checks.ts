import type { LogEntry, LogNews, LogPage } from '../../broker/broker-history.js';

/** Longest epoch a log may give. */
const MAX_EPOCH_LENGTH = 64;

/** Whether news can be meant: what a broker hands over may come from a stranger. */
export function isNews(news: LogNews): boolean {
  return isEpoch(news.epoch) && isEntry(news);
}

/** Whether a page can be meant: its entries count up, and none is past its end. */
export function isPage({ epoch, offset, entries }: LogPage): boolean {
  if (!isEpoch(epoch) || !isOffset(offset)) return false;
  let last = 0;
  for (const entry of entries) {
    if (!isEntry(entry) || entry.offset <= last || entry.offset > offset) return false;
    last = entry.offset;
  }
  return true;
}

function isEntry({ offset, time, body }: LogEntry): boolean {
  return isOffset(offset) && offset > 0 && Number.isFinite(time) && body instanceof Uint8Array;
}

function isEpoch(epoch: unknown): boolean {
  return typeof epoch === 'string' && epoch.length > 0 && epoch.length <= MAX_EPOCH_LENGTH;
}

function isOffset(offset: unknown): boolean {
  return Number.isSafeInteger(offset) && Number(offset) >= 0;
}
