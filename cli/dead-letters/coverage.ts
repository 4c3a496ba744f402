// What a look has seen, in words and as JSON. Pure.
import type { Coverage } from '../../client/dead-letters/index.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { grouped, spanText } from '../progress.ts';

/** The field `coverage` of every `json` output. These fields stay. */
export interface CoverageJson {
  readonly seen: number;
  /** By SQS's approximate count, when the look began. */
  readonly about: number;
  /** Of those that were not seen. */
  readonly inFlightElsewhere: number;
  /** Whether the look came to its end: neither interrupted nor stopped by SQS's limit. */
  readonly complete: boolean;
  /** Still hidden from others, though not for long. */
  readonly unreleased: number;
}

/** A coverage as JSON. */
export function coverageJson(coverage: Coverage): CoverageJson {
  const { seen, about, inFlightElsewhere, ended, unreleased } = coverage;
  return {
    seen,
    about,
    inFlightElsewhere,
    complete: ended === 'queue-empty' || ended === 'enough',
    unreleased,
  };
}

/** A coverage in a sentence or two: `Saw 412 of about 415; 3 are in flight elsewhere.` */
export function coverageText(coverage: Coverage): string {
  return [sightText(coverage), ...hiddenTexts(coverage)].join('\n');
}

/** What is worth a warning even where the coverage itself is not of interest. */
export function hiddenTexts({ unreleased, releaseFault, hiddenForSeconds }: Coverage): string[] {
  if (unreleased === 0) return [];
  const why = releaseFault === undefined ? '' : ` (${releaseFault.code}: ${releaseFault.message})`;
  return [
    `${grouped(unreleased)} could not be released and stay hidden for up to ${spanText(hiddenForSeconds * 1000)}${why}.`,
  ];
}

/** How a command that only looks ends. */
export function lookExitCode({ ended, unreleased }: Coverage): ExitCode {
  if (ended === 'aborted') return EXIT.interrupted;
  return unreleased > 0 ? EXIT.partly : EXIT.done;
}

function sightText({ seen, about, inFlightElsewhere, ended }: Coverage): string {
  if (about === 0) return 'The dead-letter queue is empty, as far as SQS says.';
  const saw = `saw ${grouped(seen)} of about ${grouped(about)}`;
  if (ended === 'aborted') return `Interrupted: ${saw}.`;
  if (ended === 'hold-limit') {
    return `${capital(saw)}: SQS lets no more be in flight at once. Redrive or discard some, then look again.`;
  }
  if (seen >= about || ended === 'enough') return `${capital(saw)}.`;
  const missing = about - seen;
  const elsewhere = inFlightElsewhere > 0 ? [`${are(inFlightElsewhere)} in flight elsewhere`] : [];
  const others = missing - inFlightElsewhere;
  const unseen =
    others > 0
      ? [`${grouped(others)} did not show up (somebody took them first, or SQS's count is not exact)`]
      : [];
  return `${capital([saw, ...elsewhere, ...unseen].join('; '))}.`;
}

function are(count: number): string {
  return `${grouped(count)} ${count === 1 ? 'is' : 'are'}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
