// Numbers and times in words. Pure.
import { grouped, messages, spanText } from '../../progress.ts';

export { grouped, messages, spanText };

/** `3 min ago`; `now` where that is so short ago that a number would only flicker. */
export function agoText(time: string | number, now: number): string {
  const ago = now - millisecondsOf(time);
  return ago < 10_000 ? 'just now' : `${spanText(ago)} ago`;
}

/** `2026-11-23 12:00:00 UTC`: the same for everybody who talks about it, and as the logs have it. */
export function clockText(time: string | number): string {
  return `${new Date(millisecondsOf(time)).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** How long until a time: `in 2 h`, or `3 min ago`. */
export function untilText(time: string | number, now: number): string {
  const left = millisecondsOf(time) - now;
  return left > 0 ? `in ${spanText(left)}` : agoText(time, now);
}

/** What the cluster answered, or what is said in its place: `409 INVALID_STATE`; empty where there is nothing. */
export function answerText(status: number | null, title: string | null): string {
  return [status, title].filter((part) => part !== null).join(' ');
}

/** `1 byte`, `2,048 bytes`, `1.4 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes === 1) return '1 byte';
  if (bytes < 10_240) return `${grouped(bytes)} bytes`;
  if (bytes < 1_048_576) return `${grouped(Math.round(bytes / 1024))} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** A count and what is counted: `1 group`, `12 groups`. */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : more}`;
}

/** An axis' label: the day where that matters, else the time of day. UTC, as all times here. */
export function tickText(time: number, spanMs: number): string {
  const iso = new Date(time).toISOString();
  if (spanMs > 5 * 86_400_000) return iso.slice(5, 10);
  if (spanMs > 86_400_000) return `${iso.slice(5, 10)} ${iso.slice(11, 16)}`;
  return spanMs > 600_000 ? iso.slice(11, 16) : iso.slice(11, 19);
}

function millisecondsOf(time: string | number): number {
  return typeof time === 'number' ? time : Date.parse(time);
}
