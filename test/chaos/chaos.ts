// `npm run chaos`: one run a seed, a report for each, and an exit code that says whether everything adds up.
import { resolve } from 'node:path';
import { EXIT } from '../../cli/exit-codes.ts';
import { stopOn } from '../../cli/stopping.ts';
import { type Command, HELP, parseCommand } from './arguments.ts';
import { reportOf, summaryOf } from './report.ts';
import { runChaos } from './run.ts';

const RETRY_FOR_SECONDS = 60;

process.exitCode = await main(parseCommand(process.argv.slice(2)));

async function main(command: Command): Promise<number> {
  switch (command.type) {
    case 'help':
      print(HELP);
      return 0;
    case 'usage':
      process.stderr.write(`npm run chaos: ${command.problem}\n\n${HELP}`);
      return 2;
    case 'run':
      return runAll(command);
  }
}

async function runAll(command: Extract<Command, { type: 'run' }>): Promise<number> {
  const { firstSeed, seeds, messages, lanes } = command;
  const { signal } = stopOn({ signals: ['SIGINT', 'SIGTERM'], announcement: 'Stopping.', say: print });
  const artifact = command.artifact === undefined ? undefined : resolve(command.artifact);
  const summaries: string[] = [];
  let findings = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    print(`seed ${seed}: ${messages} messages, ${lanes} processes of the function`);
    try {
      const result = await runChaos({
        seed,
        messages,
        lanes,
        artifact,
        retryForSeconds: RETRY_FOR_SECONDS,
        signal,
        onProgress: print,
      });
      print(`\n${reportOf(result)}\n`);
      summaries.push(summaryOf(result));
      findings += result.accounts.findings.length;
    } catch (error) {
      if (!signal.aborted) throw error;
      print(`seed ${seed} was interrupted, so there are no accounts of it`);
      return EXIT.interrupted;
    }
  }
  print(summaries.join('\n'));
  return findings === 0 ? 0 : 1;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
