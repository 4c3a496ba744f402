// A stand-in for the AWS CLI, as far as the runbook needs it: `aws <service> <operation> --options`. It takes only operations
// and parameters that the SDK knows, asks the local stand-ins where there is one (the SDK's own variables name them), and else
// answers what the test has put into the file that RUNBOOK_ANSWERS names. What was asked is added to RUNBOOK_CALLS.
import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { NormalizedSchema } from '@smithy/core/schema';
import { select, textOf } from './aws-output.ts';
import { isShown } from './log-filter.ts';

const SERVICES: Readonly<Record<string, () => Promise<object>>> = {
  cloudwatch: () => import('@aws-sdk/client-cloudwatch'),
  lambda: () => import('@aws-sdk/client-lambda'),
  logs: () => import('@aws-sdk/client-cloudwatch-logs'),
  secretsmanager: () => import('@aws-sdk/client-secrets-manager'),
  sqs: () => import('@aws-sdk/client-sqs'),
  ssm: () => import('@aws-sdk/client-ssm'),
};

/** Those whose stand-in runs on this machine. */
const RUNNING = ['lambda', 'sqs', 'ssm'];

type Command = new (input: object) => { readonly schema: readonly unknown[] };
interface Client {
  readonly middlewareStack: { add(middleware: () => () => Promise<object>, options: object): void };
  send(command: object): Promise<object>;
}

const [service = '', operation = '', ...words] = process.argv.slice(2);
const { query, output, ...given } = optionsIn(words);
const called = [service, operation].join(' ');
const answers = JSON.parse(readFileSync(process.env['RUNBOOK_ANSWERS'] ?? '', 'utf8'));

if (called === 'logs tail') await tail(words);
else await call();

async function call(): Promise<void> {
  const sdk = Object.entries((await SERVICES[service]?.()) ?? {});
  const found = (name: string) => sdk.find(([one]) => one.toLowerCase() === name.replaceAll('-', ''))?.[1];
  const CommandOf = found(`${operation}command`) as Command | undefined;
  const ClientOf = sdk.find(([name]) => name.endsWith('Client') && !name.startsWith('__'))?.[1] as
    | (new (
        config: object,
      ) => Client)
    | undefined;
  if (CommandOf === undefined || ClientOf === undefined) refuse(`aws: no operation "${called}"`);
  const command = new CommandOf({});
  const input = inputOf(command, given);
  appendFileSync(process.env['RUNBOOK_CALLS'] ?? '', `${JSON.stringify({ called, input })}\n`);
  const client = new ClientOf({});
  if (!RUNNING.includes(service) || called in answers) answerFromFile(client, input);
  const { $metadata: _, ...answer } = (await client.send(new CommandOf(input))) as { $metadata?: object };
  const selected = query === undefined ? answer : select(query[0] ?? '', answer);
  process.stdout.write(`${output?.[0] === 'text' ? textOf(selected) : JSON.stringify(selected, null, 4)}\n`);
}

/** After the request was made up, so that the SDK has checked it. */
function answerFromFile(client: Client, input: object): void {
  client.middlewareStack.add(() => async () => ({ response: {}, output: answerTo(input) }), {
    step: 'build',
  });
}

function answerTo(input: object): object {
  if (called === 'logs filter-log-events') return { events: events(Object(input)['filterPattern']) };
  return answers[called] ?? refuse(`aws: the test has no answer to ${called}`);
}

/** `--name value value` as lists of words. */
function optionsIn(argv: readonly string[]): Record<string, string[]> {
  const options: Record<string, string[]> = {};
  let name = '';
  for (const word of argv) {
    if (word.startsWith('--')) {
      name = word.slice(2);
      options[name] = [];
    } else options[name]?.push(word);
  }
  return options;
}

function inputOf(
  { schema }: { readonly schema: readonly unknown[] },
  options: Record<string, string[]>,
): object {
  const [, , , , shape] = schema;
  const members = [...NormalizedSchema.of((shape as () => never)()).structIterator()];
  return Object.fromEntries(
    Object.entries(options).map(([option, values]) => {
      const member = members.find(([name]) => name.toLowerCase() === option.replaceAll('-', ''));
      if (member === undefined) refuse(`aws: ${called} has no parameter --${option}`);
      const [name, of] = member;
      return [name, of.isListSchema() ? values : memberValue(values.join(' '), of)];
    }),
  );
}

function memberValue(text: string, of: NormalizedSchema): unknown {
  if (text === '') refuse(`aws: a parameter of ${called} is empty`);
  if (of.isTimestampSchema()) return new Date(text);
  if (of.isNumericSchema()) return Number(text);
  return text.startsWith('file://') ? readFileSync(text.slice('file://'.length), 'utf8') : text;
}

/** The CLI's own, over FilterLogEvents (AWS CLI v2 reference, "logs tail"). */
async function tail(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      since: { type: 'string' },
      format: { type: 'string' },
      'filter-pattern': { type: 'string' },
    },
  });
  const [group, ...others] = positionals;
  if (group !== '/aws/lambda/camunda-unassign-prod-unassign' || others.length > 0)
    refuse(`aws: no log ${positionals}`);
  for (const { message } of events(values['filter-pattern'])) console.log(message);
}

function events(pattern: string | undefined): { message: string }[] {
  const lines: string[] = answers.log;
  return lines.filter((line) => isShown(line, pattern ?? '')).map((message) => ({ message }));
}

function refuse(why: string): never {
  console.error(why);
  process.exit(252);
}
