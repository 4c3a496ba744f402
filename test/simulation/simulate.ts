// `npm run simulate`: every setting, the tables, and an exit code that says whether all targets are reached.
import { type Command, HELP, parseCommand } from './arguments.ts';
import { ALL, TABLE } from './cases.ts';
import { type Measured, mainTable, missedLines, type Price, priceTable, worstTable } from './report.ts';
import { type Case, figuresOf, HOLD_MS, settingOf } from './settings.ts';
import { simulate } from './simulation.ts';

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
      process.stderr.write(`npm run simulate: ${command.problem}\n\n${HELP}`);
      return 2;
    case 'run':
      return run(command.seed);
  }
}

function run(seed: number): number {
  const table = measure('the table', TABLE, seed);
  print(
    'Drain by the least time that it can take, calls a message, 99th percentile of the time in the queue by the',
  );
  print(`least drain. Clusters answer in 50 ms.\n\n${mainTable(table)}\n`);
  const all = measure('all settings', ALL, seed);
  print(`The worst of every scenario, over all settings:\n\n${worstTable(all)}\n`);
  print('The price of holding: 10,000 messages, ten environments, a bucket of 500/s.\n');
  print(`${priceTable(measurePrices(seed))}\n`);
  const failed = missedLines([...table, ...all]);
  if (failed.length > 0) print(`Missed:\n${failed.join('\n')}`);
  return failed.length === 0 ? 0 : 1;
}

function measure(what: string, cases: readonly Case[], seed: number): Measured[] {
  return cases.map((given, index) => {
    if (index % 100 === 0) progress(`${what}: ${index} of ${cases.length}`);
    const setting = settingOf(given);
    return { given, figures: figuresOf(setting, simulate(setting, seed)) };
  });
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
