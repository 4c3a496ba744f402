// `npm run simulate`: every setting, the tables, and an exit code that says whether all targets are reached.
import { type Command, HELP, parseCommand } from './arguments.ts';
import { ALL, TABLE } from './cases.ts';
import {
  burstTable,
  type Measured,
  type MeasuredFleet,
  type MeasuredWindow,
  mainTable,
  missedLine,
  nameOfEnvironments,
  outageTable,
  type Price,
  priceTable,
  settingsTable,
  windowTable,
  worstTable,
} from './report.ts';
import { BURSTS, type Fleet, fallsShort, OUTAGES, simulateFleet } from './scale.ts';
import { type Case, figuresOf, HOLD_MS, nameOf, settingOf } from './settings.ts';
import { simulate } from './simulation.ts';
import { isUnjust, nameOfStorage, STORAGE_LAGS, simulateWindow } from './window.ts';

const PRICED_OUTAGES = [
  { outage: '10 minutes', ms: 600_000 },
  { outage: '24 hours', ms: 86_400_000 },
];

process.exitCode = main(parseCommand(process.argv.slice(2)));

function main(command: Command): number {
  switch (command.type) {
    case 'help':
      print(HELP);
      return 0;
    case 'usage':
      return refuse(command.problem);
    case 'run':
      return command.only === undefined ? runAll(command.seed) : runPart(command.only, command.seed);
  }
}

function refuse(problem: string): number {
  process.stderr.write(`npm run simulate: ${problem}\n\n${HELP}`);
  return 2;
}

function runPart(only: string, seed: number): number {
  if (only === 'window') return runWindows(seed);
  if (only === 'scale') return runScale(seed);
  const cases = ALL.filter((each) => nameOf(each).includes(only));
  if (cases.length === 0) return refuse(`no setting's name contains ${JSON.stringify(only)}`);
  const measured = measure(cases, seed);
  print(`${settingsTable(measured)}\n\nThe worst:\n\n${worstTable(measured)}`);
  return exitCodeOf(measured);
}

function runAll(seed: number): number {
  const all = measure(ALL, seed);
  const inTable = new Set(TABLE.map(nameOf));
  const table = all.filter(({ given }) => inTable.has(nameOf(given)));
  print(
    'Drain by the least time that it can take, calls a message, 99th percentile of the time in the queue by the',
  );
  print(`least drain. Clusters answer in 50 ms.\n\n${mainTable(table)}\n`);
  print(`The worst of every scenario, over all settings:\n\n${worstTable(all)}\n`);
  print('The price of holding: 10,000 messages, ten environments, a bucket of 500/s.\n');
  print(`${priceTable(measurePrices(seed))}\n`);
  return Math.max(runWindows(seed), runScale(seed), exitCodeOf(all));
}

function runWindows(seed: number): number {
  progress('tasks that change hands, without a guard');
  const unguarded = simulateWindow({ storage: 0, isGuarded: false }, seed);
  const guarded = STORAGE_LAGS.map((storage): MeasuredWindow => {
    progress(`tasks that change hands, guarded, the storage ${nameOfStorage(storage)}`);
    const given = { storage, isGuarded: true };
    return { given, counts: simulateWindow(given, seed) };
  });
  print(
    'Newer assignees who were stripped, without and with expectedAssignee, and valid requests that were dropped:',
  );
  print(
    '10,000 requests, sent during an outage of ten minutes and the minute after it; a task stays with one person for ten minutes on average.\n',
  );
  print(windowTable(unguarded, guarded));
  const unjust = guarded.filter(({ given, counts }) => isUnjust(given, counts));
  for (const { given } of unjust) {
    print(
      `\nMissed: valid requests are dropped, although the storage is only ${nameOfStorage(given.storage)}`,
    );
  }
  return unjust.length === 0 ? 0 : 1;
}

function runScale(seed: number): number {
  const bursts = measureFleets(BURSTS, seed);
  print(
    'Many environments, and all messages at once: drain and 99th percentile by the least, calls a message, the',
  );
  print(
    'calls of the busiest second, messages served by one environment (a tenth serve fewer, half, a tenth more),',
  );
  print(`copies and Lambda time a message.\n\n${burstTable(bursts)}\n`);
  const outages = measureFleets(OUTAGES, seed);
  print(
    'The same during and after an outage of ten minutes: calls a second in its second half, and after its end',
  );
  print(`the drain by the least and the busiest second.\n\n${outageTable(outages)}`);
  const short = [...bursts, ...outages].filter(({ fleet, figures }) => fallsShort(fleet, figures));
  for (const { fleet } of short)
    print(`\nMissed: ${nameOfEnvironments(fleet)} environments at ${fleet.capacity}/s`);
  return short.length === 0 ? 0 : 1;
}

function measureFleets(fleets: readonly Fleet[], seed: number): MeasuredFleet[] {
  return fleets.map((fleet) => {
    progress(`${nameOfEnvironments(fleet)} environments at ${fleet.capacity}/s`);
    return { fleet, figures: simulateFleet(fleet, seed) };
  });
}

function measure(cases: readonly Case[], seed: number): Measured[] {
  return cases.map((given, index) => {
    if (index % 100 === 0) progress(`${index} of ${cases.length} settings`);
    const setting = settingOf(given);
    const measured = { given, figures: figuresOf(setting, simulate(setting, seed)) };
    const line = missedLine(measured);
    if (line !== undefined) progress(`missed: ${line}`);
    return measured;
  });
}

function exitCodeOf(measured: readonly Measured[]): number {
  const lines = measured.map(missedLine).filter((line) => line !== undefined);
  if (lines.length === 0) return 0;
  print(`\nMissed:\n${lines.join('\n')}`);
  return 1;
}

function measurePrices(seed: number): Price[] {
  const given: Case = {
    scenario: 'outage',
    kind: 'bucket',
    capacity: 500,
    environments: 10,
    latencyMs: 50,
    poisonPercent: 0,
  };
  return PRICED_OUTAGES.flatMap(({ outage, ms }) =>
    [HOLD_MS, 0].map((holdMs): Price => {
      progress(`an outage of ${outage}, ${holdMs === 0 ? 'without a hold' : 'with a hold'}`);
      const course = simulate({ ...settingOf(given, holdMs), outage: { kind: 'refuses', ms } }, seed);
      return {
        outage,
        hold: `${holdMs / 1_000} s`,
        invocations: course.invocations,
        billedSeconds: course.billedMs / 1_000,
        hopsPerMessage: course.hopsPerMessage,
        mostHops: course.mostHops,
        callsPerMessage: course.callsPerMessage,
        afterSeconds: (course.drainMs - ms) / 1_000,
      };
    }),
  );
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
