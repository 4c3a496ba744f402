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
  /** Whether the look saw all that it was to see, as far as SQS's counts say. */
  readonly complete: boolean;
  /** Why it did not; null where it did. */
  readonly incompleteBecause: Gap | null;
  /** Still hidden from others, though not for long. */
  readonly unreleased: number;
}

/**
 * Why a look has not seen all: it was stopped, as many messages were in flight as SQS allows, others held some, or
 * some did not show up.
 */
export type Gap = 'stopped' | 'in-flight-limit' | 'in-flight-elsewhere' | 'not-all-showed-up';

/** Why a look has not seen all; null where it has seen all that it was to see. */
export function gapOf({ ended, missing, inFlightElsewhere }: Coverage): Gap | null {
  if (ended === 'enough') return null;
  if (ended === 'aborted') return 'stopped';
  if (ended === 'hold-limit') return 'in-flight-limit';
  if (missing === 0) return null;
  return inFlightElsewhere > 0 ? 'in-flight-elsewhere' : 'not-all-showed-up';
}

/**
 * What two looks have seen of which the second acts on no more than the first has chosen: what the first has not seen is missing,
 * whatever the second sees, unless that has found enough.
 *
 * @param first undefined where there was one look only
 */
export function coverageOfBoth(first: Coverage | undefined, second: Coverage): Coverage {
  const isSecondToSay = second.ended === 'enough' || second.ended === 'aborted';
  if (first === undefined || gapOf(first) === null || isSecondToSay) return second;
  return {
    ...first,
    unreleased: first.unreleased + second.unreleased,
    releaseFault: second.releaseFault ?? first.releaseFault,
    hiddenForSeconds: Math.max(first.hiddenForSeconds, second.hiddenForSeconds),
  };
}

/** A coverage as JSON. */
export function coverageJson(coverage: Coverage): CoverageJson {
  const { seen, about, inFlightElsewhere, unreleased } = coverage;
  const gap = gapOf(coverage);
  return { seen, about, inFlightElsewhere, complete: gap === null, incompleteBecause: gap, unreleased };
}

/** A coverage in a sentence or two: `Saw 412 of about 415; 3 are in flight elsewhere. So this is not all.` */
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
export function lookExitCode(coverage: Coverage): ExitCode {
  const gap = gapOf(coverage);
  if (gap === 'stopped') return EXIT.interrupted;
  return gap !== null || coverage.unreleased > 0 ? EXIT.partly : EXIT.done;
}

function sightText({ seen, about, missing, inFlightElsewhere, ended }: Coverage): string {
  if (about === 0) return 'The dead-letter queue is empty, as far as SQS says.';
  const saw = `saw ${grouped(seen)} of about ${grouped(about)}`;
  if (ended === 'aborted') return `Interrupted: ${saw}.`;
  if (ended === 'hold-limit') {
    return `${capital(saw)}: SQS lets no more be in flight at once. Redrive or discard some, then look again.`;
  }
  if (seen >= about || ended === 'enough') return `${capital(saw)}.`;
  const elsewhere = inFlightElsewhere > 0 ? [`${are(inFlightElsewhere)} in flight elsewhere`] : [];
  const others = missing - inFlightElsewhere;
  const unseen =
    others > 0
      ? [`${grouped(others)} did not show up (somebody took them first, or SQS's count is not exact)`]
      : [];
  const gone = about - seen - missing > 0 ? [`${are(about - seen - missing)} gone by now`] : [];
  const so = missing > 0 ? ' So this is not all: look again later.' : '';
  return `${capital([saw, ...elsewhere, ...unseen, ...gone].join('; '))}.${so}`;
}

function are(count: number): string {
  return `${grouped(count)} ${count === 1 ? 'is' : 'are'}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
