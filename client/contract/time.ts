// Times as people and programs write them into requests and options. Pure.

/** What the contract takes (RFC 3339 with capital letters and without leap seconds), in words for people. */
export const EXPECTED_TIME =
  'a date and time with seconds and offset, in the form of 2026-11-23T12:00:00Z or 2026-11-23T13:00:00+01:00';

/** Where the time begins, whatever somebody has put between it and the date. */
const TIME = '^\\d{4}-\\d\\d-\\d\\d[Tt _]+';

/** What is often almost right, and what there is to say of it. */
const SLIPS: readonly (readonly [RegExp, string])[] = [
  [/^\s|\s$/, 'there are blanks around it'],
  [/^\d{4}-\d\d-\d\d$/, 'the time is missing'],
  [/^\d{8}/, 'the hyphens of the date are missing'],
  [/^[+-]?\d{5,7}-/, 'a year has four digits'],
  [/^\d{4}-\d\d-\d\dt|z$/, 'T and Z are capital letters'],
  [/^\d{4}-\d\d-\d\d[ _]+\d/, 'a capital T stands before the time'],
  [new RegExp(`${TIME}\\d\\d(?!\\d|:\\d\\d)`), 'the minutes are missing'],
  [new RegExp(`${TIME}\\d{4}`), 'the colons of the time are missing'],
  [new RegExp(`${TIME}\\d\\d(:\\d\\d)?(?![\\d:])`), 'the seconds are missing'],
  [new RegExp(`${TIME}(2[4-9]|[3-9]\\d)`), 'hours go from 00 to 23'],
  [new RegExp(`${TIME}\\d\\d:[6-9]\\d`), 'minutes go from 00 to 59'],
  [new RegExp(`${TIME}\\d\\d:\\d\\d:[6-9]\\d`), 'seconds go from 00 to 59, also in a leap second'],
  [/:\d\d,\d/, 'a fraction of a second begins with a full stop'],
  [/:\d\d\.(?!\d)/, 'a fraction of a second has digits'],
  [new RegExp(`${TIME}[\\d:.,]+$`), 'the offset is missing: Z, or one such as +01:00'],
  [new RegExp(`${TIME}[\\d:.,]+[+-]\\d\\d(\\d\\d)?$`), 'an offset has hours, a colon and minutes'],
  [new RegExp(`${TIME}[\\d:.,]+[+-](2[4-9]|[3-9]\\d):`), 'an offset is less than a day'],
  [new RegExp(`${TIME}[\\d:.,]+[+-]\\d\\d:[6-9]`), 'minutes of an offset go from 00 to 59'],
];

const FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** What is wrong with a text that is no such time, in words for people; empty where it looks like none at all. */
export function timeFault(text: string): string {
  const slips = SLIPS.filter(([slip]) => slip.test(text)).map(([, words]) => words);
  if (slips.length > 0) return slips.join(', ');
  return FORM.test(text) ? 'there is no such day' : '';
}
