// `camunda-unassign dead-letters`: its commands, their options, and what they come to.
import { type Command, Option } from 'commander';
import { count } from '../argument-values.ts';
import { addDeadLetterQueueOptions, chooseConnection } from '../connection.ts';
import type { ExitCode } from '../exit-codes.ts';
import { outputOption } from '../output.ts';
import type { Surroundings } from '../surroundings.ts';
import { addActionCommands } from './action-commands.ts';
import { addHistory } from './audit/history-command.ts';
import { addChoice, readChoice } from './choice.ts';
import { groups } from './groups.ts';
import { list } from './list.ts';
import { withDeadLetters } from './queues.ts';
import { addFilterOptions, readFilter } from './selection.ts';
import { show } from './show.ts';
import { SORTINGS } from './sorting.ts';
import { triageDeadLetters } from './triage.ts';

const HELP = `
Looking holds nothing back: what is received is released as soon as the look is over, on Ctrl-C and errors, too. Each look
counts as a receive: from the third on SQS leaves a message out of the age that it reports of the queue, so that the alarm
dead-letters-expiring may be late; groups and list say how many SQS deletes within 24 h. What acts looks first, shows its plan and asks; then
it acts on these very messages and on no others.

Examples:
  camunda-unassign dlq groups --stage prod
  camunda-unassign dlq show --stage prod 2251799813685249
  camunda-unassign dlq redrive --stage prod --kind unavailable-too-long --rate 20/s
  camunda-unassign dlq discard --stage prod --kind expired --yes --reason 'INC-4711'

Exit codes: 0 all done, 1 none done, 2 wrong usage, 3 some done and some not, or not all was seen (others hold some, or
some did not show up), 130 interrupted.`;

/** Adds `dead-letters`. */
export function addDeadLettersCommand(
  program: Command,
  surroundings: Surroundings,
  exit: (code: ExitCode) => void,
): void {
  const deadLetters = program
    .command('dead-letters')
    .alias('dlq')
    .summary('see why requests have failed, and redrive or discard them')
    .description(
      'Shows why requests have failed, in groups or one by one, and redrives, discards or exports them.',
    )
    .addHelpText('after', HELP);
  addGroups(deadLetters, surroundings, exit);
  addList(deadLetters, surroundings, exit);
  addShow(deadLetters, surroundings, exit);
  addTriage(deadLetters, surroundings, exit);
  addActionCommands(deadLetters, surroundings, exit);
  addHistory(deadLetters, surroundings, exit);
}

function addGroups(parent: Command, surroundings: Surroundings, exit: (code: ExitCode) => void): void {
  const command = parent
    .command('groups')
    .summary('what has failed for the same reason, together: look here first')
    .description(
      'Groups dead letters by kind, status, title and detail, with numbers and names in the detail made alike.',
    )
    .addOption(outputOption());
  addDeadLetterQueueOptions(addFilterOptions(command))
    .addHelpText('after', GROUPS_HELP)
    .action(async (options) => {
      const filter = readFilter(options, surroundings.now());
      const choice = chooseConnection(options, surroundings.environment);
      const { output } = options;
      exit(await withDeadLetters(choice, (queues) => groups(queues, { filter, output }, surroundings)));
    });
}

const GROUPS_HELP = `
json: {"groups":[…],"matched":n,"expiringSoon":n,"coverage":{…}}; jsonl: a group a line. A group has id, kind, status, title,
pattern, count, oldest, newest, senders [{sender, count}] (the five most frequent), redriven (how many have been
before), advice, example {messageId, userTaskKey}; beside them expiringSoon (how many SQS deletes within 24 h). Coverage has seen, about, inFlightElsewhere, complete,
incompleteBecause (stopped, in-flight-limit, in-flight-elsewhere, not-all-showed-up or null), unreleased.

Examples:
  camunda-unassign dlq groups --stage prod
  camunda-unassign dlq groups --stage prod --since 2h --output json | jq '.groups[0].example'`;

function addList(parent: Command, surroundings: Surroundings, exit: (code: ExitCode) => void): void {
  const command = parent
    .command('list')
    .summary('one row a message')
    .description('Lists dead letters, one row a message.')
    .addOption(
      new Option('--sort <by>', 'newest or oldest dead letter first, or by kind')
        .choices(SORTINGS)
        .default('newest'),
    )
    .option('--limit <n>', 'show so many at most', count)
    .addOption(outputOption());
  addDeadLetterQueueOptions(addFilterOptions(command))
    .addHelpText('after', LIST_HELP)
    .action(async (options) => {
      const { sort, limit, output } = options;
      const filter = readFilter(options, surroundings.now());
      const choice = chooseConnection(options, surroundings.environment);
      exit(
        await withDeadLetters(choice, (queues) =>
          list(queues, { filter, sort, limit, output }, surroundings),
        ),
      );
    });
}

const LIST_HELP = `
AGE counts from when the request was first sent; --since and --until count from when it became a dead letter. A
terminal of 150 columns has room for message ids; a narrow one leaves columns out, SENDER and ATTEMPTS first, and shows of
a message without a key the first eight characters of its id.

json: {"deadLetters":[…],"matched":n,"expiringSoon":n,"coverage":{…}}; jsonl: a dead letter a line. Each has messageId, userTaskKey,
kind, status, title, detail, reason, attempts, sender, firstSentAt, redriven (how often), redrivenAt, failedAt,
expiresAt, wouldReturn (expired, malformed or null: whether the function would send it straight back), lostAttributes
(names of those that cannot be carried, so that it is not redriven); null is what is not known.

Examples:
  camunda-unassign dlq list --stage prod --kind wrong-state,not-found --since 2h
  camunda-unassign dlq list --stage prod --match 'tenant-a' --output jsonl | jq -r .userTaskKey`;

function addShow(parent: Command, surroundings: Surroundings, exit: (code: ExitCode) => void): void {
  const command = parent
    .command('show')
    .summary('everything about one, and what to do about it')
    .description('Shows everything about one dead letter, or about all those of one user task.')
    .argument('<message id or key>', 'as list and groups show it; of an id eight characters are enough')
    .addOption(outputOption());
  addDeadLetterQueueOptions(command)
    .addHelpText('after', SHOW_HELP)
    .action(async (wanted, { output, ...options }) => {
      const choice = chooseConnection(options, surroundings.environment);
      exit(await withDeadLetters(choice, (queues) => show(queues, { wanted, output }, surroundings)));
    });
}

const SHOW_HELP = `
json: {"deadLetters":[…],"coverage":{…}}; jsonl: a dead letter a line, with the fields of export and advice.

Example:
  camunda-unassign dlq show --stage prod 2251799813685249`;

function addTriage(parent: Command, surroundings: Surroundings, exit: (code: ExitCode) => void): void {
  const command = addChoice(parent.command('triage'))
    .summary('what their tasks are now, as the cluster says, and what to do about that')
    .description('Asks the cluster what the tasks of dead letters are now, and says what to do about that.')
    .addOption(outputOption());
  addDeadLetterQueueOptions(command)
    .addHelpText('after', TRIAGE_HELP)
    .action(async (ids, options) => {
      const choice = readChoice('triage', ids, options, surroundings.now());
      const connection = chooseConnection(options, surroundings.environment);
      const order = { choice, connection, output: options.output };
      exit(await withDeadLetters(connection, (queues) => triageDeadLetters(queues, order, surroundings)));
    });
}

const TRIAGE_HELP = `
The cluster is that of the function's CAMUNDA_ settings in the environment, Camunda 8.8 or later; with --local the stand-in
of \`npm start\`. It is asked once for each task, after the look. Its answers come from a storage that lags behind by seconds.

  gone     completed, cancelled, or unknown to the cluster
  free     nobody has it
  theirs   somebody has it
  busy     it is changing its state, as when a listener holds it
  unknown  the cluster did not say

json: {"deadLetters":[…],"counts":{…},"coverage":{…}}; jsonl: a dead letter a line, with messageId, userTaskKey,
expectedAssignee, verdict, assignee, state, reason; null is what is not known.

Examples:
  camunda-unassign dlq triage --stage prod --all
  camunda-unassign dlq triage --stage prod --kind unavailable-too-long --output jsonl
  camunda-unassign dlq discard --stage prod --verdict gone,free

Exit codes: 0 all have a verdict, 1 none has, 2 wrong usage, 3 some have none, or not all was seen, 130 interrupted.`;
