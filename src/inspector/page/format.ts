const NUMBER = new Intl.NumberFormat('en-US');
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** 12,345 */
export function count(value: number): string {
  return NUMBER.format(value);
}

/** 950, 12.3k, 4.5M: fits into a narrow column. */
export function brief(value: number): string {
  if (value < 1_000) return String(Math.round(value));
  if (value < 999_500) return `${short(value / 1_000)}k`;
  return `${short(value / 1_000_000)}M`;
}

export function bytes(value: number): string {
  let unit = 0;
  let left = value;
  while (left >= 1_024 && unit < UNITS.length - 1) {
    left /= 1_024;
    unit++;
  }
  return `${unit === 0 ? left : short(left)} ${UNITS[unit]}`;
}

/** 850 ms, 12 s, 4 min, 3 h 20 min, 2 d 4 h */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(Math.max(0, milliseconds))} ms`;
  const seconds = Math.floor(milliseconds / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** Of a handler: 0.05 ms, 1.2 ms, 34 ms, 1.5 s */
export function latency(milliseconds: number): string {
  if (milliseconds < 0) return '–';
  if (milliseconds < 10) return `${Math.round(milliseconds * 100) / 100} ms`;
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  return `${short(milliseconds / 1_000)} s`;
}

/** 14:03:22 */
export function time(at: number, withMilliseconds = false): string {
  const date = new Date(at);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  return withMilliseconds ? `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}` : clock;
}

/**
 * A name of a stranger, with everything to be seen that is there: control characters and marks that turn the
 * direction of writing stand as their number, so that no name looks like another or moves what stands beside it.
 */
export function visible(name: string): string {
  return name.replaceAll(HIDDEN, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return `⟨${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

// Controls, formatting (bidi marks, zero widths, tags), separators of lines, and halves of surrogate pairs.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function short(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function pair(first: number, unit: string, second: number, small: string): string {
  return second === 0 ? `${first} ${unit}` : `${first} ${unit} ${second} ${small}`;
}
