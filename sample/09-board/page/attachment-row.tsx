import { useRef } from 'react';
import type { UploadProgress } from 'nestwire/client';
import type { Card } from '../src/board.contract.js';

/** What of a card's file is shown, and done with it. */
export interface Attaching {
  /** The card that a file is on its way to. */
  readonly to: string | undefined;
  readonly progress: UploadProgress | undefined;
  readonly onAttach: (card: Card, file: File) => void;
  readonly onStop: () => void;
}

/** The file of a card, or the one on its way there. */
export function AttachmentRow({ card, attaching }: { card: Card; attaching: Attaching }) {
  const { to, progress, onAttach, onStop } = attaching;
  const input = useRef<HTMLInputElement>(null);
  const isSending = to === card.id;
  const { attachment } = card;
  return (
    <div className="attachment">
      {isSending ? (
        <progress
          aria-label={`Upload to ${card.title}`}
          value={progress?.sent ?? 0}
          max={progress?.total ?? 1}
        />
      ) : (
        attachment && (
          <a href={attachment.url} download>
            {attachment.name} <span className="muted">{sizeOf(attachment.size)}</span>
          </a>
        )
      )}
      {/* One button for both, so that it keeps the focus. */}
      <button
        type="button"
        className="quiet"
        disabled={to !== undefined && !isSending}
        aria-label={
          isSending ? `Stop the upload to ${card.title}` : `Attach a file to ${card.title}`
        }
        onClick={() => (isSending ? onStop() : input.current?.click())}
      >
        {isSending ? 'Stop' : 'Attach'}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file !== undefined) onAttach(card, file);
          // The same file may be chosen again.
          currentTarget.value = '';
        }}
      />
    </div>
  );
}

function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kibibytes = bytes / 1024;
  return kibibytes < 1023.5
    ? `${kibibytes.toFixed(0)} KiB`
    : `${(kibibytes / 1024).toFixed(1)} MiB`;
}
