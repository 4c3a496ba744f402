// The tables that a run ends with, in Markdown. Pure.
import type { FirstBatch } from './cold-start.ts';
import { CLUSTER_LATENCY_MS } from './connections.ts';
import { CONTENDERS, type Contender, NAMES } from './contenders.ts';
import type { Results } from './results.ts';
import type { Speed, SpeedRound } from './speed.ts';
import { median, pairedRatio, type Spread } from './statistics.ts';
import { judge, nameOf, speedRatio } from './targets.ts';

/** All tables for which there are figures. */
export function reportOf(results: Results): string {
  const tables = [
    targetsTable(results),
    speedTable(results),
    guardTable(results),
    coldStartTable(results),
    sizeTable(results),
    memoryTable(results),
    callsTable(results),
    connectionsTable(results),
  ];
  return tables.filter((table) => table !== undefined).join('\n\n');
}

type Row = readonly string[];

function targetsTable(results: Results): string | undefined {
  const verdicts = judge(results);
  if (verdicts.length === 0) return undefined;
  return table(
    'Targets: ratios, median (quartiles)',
    ['', 'against', 'measured', 'target', ''],
    verdicts.map(({ what, against, figure, target, reached }) => [
      what,
      against,
      withQuartiles(figure),
      target,
      reached ? 'reached' : 'missed',
    ]),
  );
}

const SPEED_COLUMNS: readonly (readonly [string, (speed: Speed) => number])[] = [
  ['messages a second', (speed) => speed.messagesPerSecond],
  ['CPU a message', (speed) => speed.cpuMicrosPerMessage],
  ['p50 of a batch', (speed) => speed.p50Ms],
  ['p99 of a batch', (speed) => speed.p99Ms],
];

function speedTable({ speed }: Results): string | undefined {
  if (speed.length === 0) return undefined;
  const rows = speed.flatMap(({ load, rounds }) =>
    rivalsIn(rounds).map((rival) => [
      nameOf(load),
      NAMES[rival],
      ...SPEED_COLUMNS.map(([, of]) => withQuartiles(speedRatio(rounds, of, rival))),
    ]),
  );
  return table(
    'Speed: this function against the others',
    ['', 'against', ...SPEED_COLUMNS.map(([name]) => name)],
    rows,
  );
}

function guardTable({ guard }: Results): string | undefined {
  if (guard.length === 0) return undefined;
  return table(
    'expectedAssignee: messages with it against messages without',
    ['', 'calls for 1,000', ...SPEED_COLUMNS.map(([name]) => name)],
    guard.map(({ load, calls, rounds }) => [
      nameOf(load),
      `${calls.guarded} against ${calls.unguarded}`,
      ...SPEED_COLUMNS.map(([, of]) =>
        withQuartiles(
          pairedRatio(
            rounds,
            ({ guarded }) => of(guarded),
            ({ unguarded }) => of(unguarded),
          ),
        ),
      ),
    ]),
  );
}

function rivalsIn(rounds: readonly SpeedRound[]): Contender[] {
  return CONTENDERS.filter((name) => name !== 'function' && rounds[0]?.[name] !== undefined);
}

const FIRST_BATCHES: readonly FirstBatch[] = ['fine', 'refused', 'fine with OAuth', 'refused with OAuth'];

function coldStartTable({ coldStart }: Results): string | undefined {
  if (coldStart.length === 0) return undefined;
  const ratio = (first: FirstBatch, name: Contender) =>
    withQuartiles(
      pairedRatio(
        coldStart,
        (round) => round[first][name] ?? Number.NaN,
        (round) => round.fine.floor ?? Number.NaN,
      ),
    );
  return table(
    "Cold start, spawn to first result, in units of the floor's with a first batch that is fine",
    ['first batch of ten', ...CONTENDERS.map((name) => NAMES[name])],
    FIRST_BATCHES.map((first) => [
      first,
      ...CONTENDERS.map((name) => (coldStart[0]?.[first][name] === undefined ? '' : ratio(first, name))),
    ]),
  );
}

function sizeTable({ size }: Results): string | undefined {
  if (size === undefined) return undefined;
  const kib = (bytes: number) => String(Math.round(bytes / 1024));
  return table(
    'Bundle, KiB',
    ['', ...CONTENDERS.map((name) => NAMES[name])],
    [
      ['read until a first batch succeeded', ...CONTENDERS.map((name) => kib(size[name].read))],
      ['all of it', ...CONTENDERS.map((name) => kib(size[name].all))],
    ],
  );
}

function memoryTable({ memory }: Results): string | undefined {
  if (memory.length === 0) return undefined;
  const mib = (of: (round: (typeof memory)[number]) => number) =>
    (median(memory.map(of)) / 1024 ** 2).toFixed(1);
  return table(
    'Memory, MiB',
    ['', ...CONTENDERS.map((name) => NAMES[name])],
    [
      ['peak of the process', ...CONTENDERS.map((name) => mib((round) => round[name].peakBytes))],
      ['growth over 100,000 messages', ...CONTENDERS.map((name) => mib((round) => round[name].growthBytes))],
    ],
  );
}

function callsTable({ calls }: Results): string | undefined {
  if (calls.length === 0) return undefined;
  return table(
    'Calls for 1,000 messages: to the cluster + to SQS',
    ['', ...CONTENDERS.map((name) => NAMES[name])],
    calls.map(({ refusals: { refusedPercent, batchSize }, counts }) => [
      `${refusedPercent} % refused, batches of ${batchSize}`,
      ...CONTENDERS.map((name) => `${counts[name].cluster} + ${counts[name].sqs}`),
    ]),
  );
}

function connectionsTable({ connections }: Results): string | undefined {
  const unit = connections[0]?.messagesPerSecond;
  if (unit === undefined) return undefined;
  return table(
    `Messages a second of one environment where a call takes ${CLUSTER_LATENCY_MS} ms, against 10 connections and batches of 10`,
    ['CAMUNDA_MAX_CONNECTIONS', 'batch size', 'measured'],
    connections.map(({ setting, messagesPerSecond }) => [
      String(setting.connections),
      String(setting.batchSize),
      (messagesPerSecond / unit).toFixed(2),
    ]),
  );
}

function withQuartiles({ median: middle, low, high, of }: Spread): string {
  return of === 1 ? middle.toFixed(2) : `${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

function table(title: string, header: Row, rows: readonly Row[]): string {
  const widths = header.map((_, column) =>
    Math.max(3, ...[header, ...rows].map((row) => (row[column] ?? '').length)),
  );
  const line = (row: Row) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [`${title}:`, '', line(header), rule, ...rows.map(line)].join('\n');
}
