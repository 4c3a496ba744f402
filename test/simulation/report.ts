// What the simulation came to, as tables for people.
import Table from 'cli-table3';
import type { Fleet, FleetFigures } from './scale.ts';
import { type Case, type Figures, HOLD_MS, missed, nameOf, type Scenario, TARGETS } from './settings.ts';
import { nameOfStorage, type Window, type WindowCounts } from './window.ts';

/** A case and what was measured. */
export interface Measured {
  readonly given: Case;
  readonly figures: Figures;
}

/** What an outage costs with a hold, or without. */
export interface Price {
  readonly outage: string;
  readonly hold: string;
  readonly invocations: number;
  readonly billedSeconds: number;
  readonly hopsPerMessage: number;
  readonly mostHops: number;
  readonly callsPerMessage: number;
  /** Seconds from the end of the outage until the last message was served. */
  readonly afterSeconds: number;
}

/** Without lines between the rows. */
const PLAIN = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

/** One row for each scenario and cluster, and under each number of environments drain, calls and 99th percentile. */
export function mainTable(measured: readonly Measured[]): string {
  const environments = [...new Set(measured.map(({ given }) => given.environments))];
  const rows = Map.groupBy(
    measured,
    ({ given: { scenario, kind, capacity } }) => `${scenario}|${kind} of ${capacity}/s`,
  );
  const table = new Table({
    head: ['scenario', 'cluster', ...environments.map((count) => `${count} environments`)],
    ...PLAIN,
  });
  for (const [name, cells] of rows) {
    table.push([
      ...name.split('|'),
      ...cells.map(({ figures: { drain, calls, p99 } }) => [drain, calls, p99].map(rounded).join('  ')),
    ]);
  }
  return table.toString();
}

/** The worst of each scenario. */
export function worstTable(measured: readonly Measured[]): string {
  const table = new Table({
    head: ['scenario', 'settings', 'drain', 'calls', 'p99', 'after the outage', 'missed'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    ...PLAIN,
  });
  const scenarios = Map.groupBy(measured, ({ given }): Scenario | 'target' => given.scenario);
  for (const [scenario, all] of scenarios) {
    const worst = (name: keyof Figures) => rounded(Math.max(...all.map(({ figures }) => figures[name])));
    const failed = all.filter(({ given, figures }) => missed(figures, given.scenario).length > 0).length;
    const tail = worst('tail');
    table.push([
      scenario,
      String(all.length),
      worst('drain'),
      worst('calls'),
      worst('p99'),
      tail === '0.00' ? '' : tail,
      String(failed),
    ]);
  }
  const { drain, calls, p99, tail } = TARGETS;
  table.push(['at most', '', ...[drain, calls, p99, tail].map(rounded), '0']);
  return table.toString();
}

/** What holding costs. */
export function priceTable(prices: readonly Price[]): string {
  const table = new Table({
    head: [
      'outage',
      'hold',
      'Lambda time',
      'invocations',
      'hops a message',
      'most hops',
      'calls a message',
      'done after',
    ],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
    ...PLAIN,
  });
  for (const price of prices) {
    table.push([
      price.outage,
      price.hold,
      `${Math.round(price.billedSeconds).toLocaleString('en')} s`,
      price.invocations.toLocaleString('en'),
      price.hopsPerMessage.toFixed(1),
      String(price.mostHops),
      rounded(price.callsPerMessage),
      `${Math.round(price.afterSeconds)} s`,
    ]);
  }
  return table.toString();
}

/** What became of the requests of one window. */
export interface MeasuredWindow {
  readonly given: Window;
  readonly counts: WindowCounts;
}

/** One row for each storage. */
export function windowTable(unguarded: WindowCounts, guarded: readonly MeasuredWindow[]): string {
  const table = new Table({
    head: ['storage', 'stripped, unguarded', 'stripped, guarded', 'rightly superseded', 'valid and dropped'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    ...PLAIN,
  });
  for (const measured of guarded) table.push(windowCells(unguarded, measured));
  return table.toString();
}

/** The row of a storage. */
export function windowCells(unguarded: WindowCounts, { given, counts }: MeasuredWindow): string[] {
  const { stripped, superseded, dropped } = counts;
  const numbers = [unguarded.stripped, stripped, superseded, dropped];
  return [nameOfStorage(given.storage), ...numbers.map((count) => count.toLocaleString('en'))];
}

/** What came of so many environments. */
export interface MeasuredFleet {
  readonly fleet: Fleet;
  readonly figures: FleetFigures;
}

/** One row for each burst. */
export function burstTable(measured: readonly MeasuredFleet[]): string {
  return fleetTable(
    ['cluster', 'environments', 'drain', 'calls', 'busiest second', 'served by one', 'copies', 'Lambda time'],
    measured.map(burstCells),
  );
}

/** The row of a burst. */
export function burstCells({ fleet, figures }: MeasuredFleet): string[] {
  const { drain, calls, p99, busiest, servedByOne, copies, lambdaSeconds } = figures;
  return [
    nameOfCluster(fleet),
    nameOfEnvironments(fleet),
    `${rounded(drain)} · ${rounded(p99)}`,
    rounded(calls),
    busiest.toLocaleString('en'),
    servedByOne.map((count) => count.toLocaleString('en')).join(' · '),
    rounded(copies),
    `${rounded(lambdaSeconds)} s`,
  ];
}

/** One row for each outage. */
export function outageTable(measured: readonly MeasuredFleet[]): string {
  return fleetTable(
    ['cluster', 'environments', 'calls/s meanwhile', 'drain after', 'calls', 'busiest second', 'Lambda time'],
    measured.map(outageCells),
  );
}

/** The row of an outage. */
export function outageCells({ fleet, figures }: MeasuredFleet): string[] {
  const { drain, calls, outageLoad, busiest, lambdaSeconds } = figures;
  return [
    `${fleet.capacity}/s, ${fleet.outage === 'silent' ? 'no answer' : 'refuses'}`,
    nameOfEnvironments(fleet),
    outageLoad.toFixed(1),
    rounded(drain),
    rounded(calls),
    busiest.toLocaleString('en'),
    `${rounded(lambdaSeconds)} s`,
  ];
}

function fleetTable(head: string[], rows: readonly string[][]): string {
  const table = new Table({ head, ...PLAIN });
  table.push(...rows);
  return table.toString();
}

function nameOfCluster({ capacity, refusalCost }: Fleet): string {
  return `${capacity.toLocaleString('en')}/s, ${refusalCost > 0 ? 'refusals cost' : 'refusals are free'}`;
}

/** A fleet's environments, and what is not as usual with them. */
export function nameOfEnvironments({ environments, isWarm, holdMs }: Fleet): string {
  return [
    environments.toLocaleString('en'),
    ...(isWarm ? ['all warm'] : []),
    ...(holdMs === HOLD_MS ? [] : [`\`holdSeconds\` ${holdMs / 1_000}`]),
  ].join(', ');
}

/** One row for each setting. */
export function settingsTable(measured: readonly Measured[]): string {
  const table = new Table({
    head: ['setting', 'drain', 'calls', 'p99', 'after the outage', 'missed'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
    ...PLAIN,
  });
  for (const { given, figures } of measured) {
    const { drain, calls, p99, tail } = figures;
    table.push([
      nameOf(given),
      ...[drain, calls, p99].map(rounded),
      tail === 0 ? '' : rounded(tail),
      missed(figures, given.scenario).join(', '),
    ]);
  }
  return table.toString();
}

/** What a setting misses, in one line; undefined where it reaches every target. */
export function missedLine({ given, figures }: Measured): string | undefined {
  const names = missed(figures, given.scenario);
  if (names.length === 0) return undefined;
  return `${nameOf(given)}: ${names.map((name) => `${name} ${figures[name].toFixed(3)}`).join(', ')}`;
}

function rounded(figure: number): string {
  return figure.toFixed(2);
}
