// The runbook's procedures, carried out: every command of its blocks runs, in order, on queues and a cluster that need it, and
// what the text promises must have come true. `npm run build` and `npm run build:package` come first.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { StandInCluster } from '../../../infra/local/stand-in/cluster.ts';
import type { Fault } from '../../../infra/local/stand-in/faults.ts';
import { type Burial, burial } from '../../client/dead-letters/dead-letter-stage.ts';
import { requestFor, setStage } from '../../support/stage.ts';
import { codeIn, section } from '../pages.ts';
import { commandsUnder, type Scene, SET_UP, sectionsWithCommands, setScene } from './scene.ts';

/** What is not run, by the words that it begins with, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm run rollback': 'it needs an AWS account; npm run test:deploy brings back a stack of an emulated one',
  'aws cloudformation deploy':
    'it needs an AWS account; npm run test:deploy deploys the template to an emulated one',
  'git checkout': 'it changes the checkout; test/infra/package runs the command that packages',
  'npx osls remove': 'it needs an AWS account; npm run test:deploy removes a stack from an emulated one',
};

const isRun = (commands: string) => !Object.keys(NOT_RUN).some((start) => commands.startsWith(start));

const request = (userTaskKey: string, more: object = {}) => JSON.stringify({ userTaskKey, ...more });

/** A dead letter that says nothing of itself, and became one when it was sent. */
const fresh = (userTaskKey: string): Burial => ({ MessageBody: request(userTaskKey) });

const linesOf = (text: string) => text.trim().split('\n').filter(Boolean);

/** What the function writes down about a request that fares so, for a task that somebody else has. */
async function logged(fault?: Fault, expected?: { readonly expectedAssignee: string }) {
  const stage = await setStage();
  const { key } = stage.cluster.tasks.create({ assignee: 'anna' });
  stage.cluster.settings.fault = () => fault;
  // Long enough ago that the storage's word counts.
  const sentAt = Date.now() - 300_000;
  await stage.invoke([requestFor(key, { sentAt, ...(expected && { body: request(key, expected) }) })]);
  return { key, log: stage.logLines().map((line) => JSON.stringify(line)) };
}

const problem = (status: number, title: string): Fault => ({
  kind: 'answer',
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({ type: 'about:blank', title, status, detail: 'by the test' }),
});

const SIGN_IN: Fault = {
  kind: 'answer',
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html><title>Sign in</title>',
};

const QUIET = JSON.stringify({ level: 'INFO', message: 'batch settled', outcome: 'nothing' });

/** What each line of a log that came out says. */
const saidIn = (stdout: string, field: string) => linesOf(stdout).map((line) => JSON.parse(line)[field]);

/** The next block of the procedure. */
type Next = () => string;

/** Each procedure, by its heading. */
const PROCEDURES: Readonly<Record<string, (next: Next) => Promise<void>>> = {
  async [SET_UP](next) {
    const { log } = await logged(problem(500, 'INTERNAL_ERROR'));
    const scene = await setScene({ letters: () => [fresh('7')], log });
    await scene.run(next());
    const { queueUrl, deadLetterQueueUrl } = scene.stage.embedded;
    const variables = await scene.run('echo $queue $dlq $log');
    expect(variables.stdout).toBe(
      `${queueUrl} ${deadLetterQueueUrl} /aws/lambda/camunda-unassign-prod-unassign\n`,
    );
    expect((await scene.run(next())).stdout).toMatch(/ 1 {2}unexplained /);
    expect(saidIn((await scene.run(next())).stdout, 'level')).toEqual(['ERROR']);
    expect(await scene.keysOnDeadLetterQueue()).toEqual(['7']);
  },

  async 'dead-letters'(next) {
    const scene = await setScene({ letters: () => [burial({ body: request('7') }), fresh('8')] });
    const { stdout } = await scene.run(next(), { '<message id or task key>': '7' });
    expect(stdout).toMatch(/^[0-9a-f]{4} +1 {2}not-found +404 NOT_FOUND /m);
    expect(stdout).toMatch(/^[0-9a-f]{4} +1 {2}unexplained /m);
    expect(stdout).toMatch(/^not-found .*What to do/ms);
    expect(await scene.keysOnDeadLetterQueue()).toEqual(['7', '8']);
  },

  async 'dead-letter-burst'(next) {
    const old = burial({ body: request('7') });
    const scene = await setScene({ letters: () => [old, fresh('8'), fresh('9')] });
    const { stdout, stderr } = await scene.run(next());
    expect(stdout).toMatch(/ 2 {2}unexplained /);
    expect(stdout).not.toContain('not-found');
    expect(stderr).toContain('Saw 3 of about 3.');
  },

  async 'dead-letters-expiring'(next) {
    const keys = ['2251799813685251', '2251799813685252', '2251799813685253'];
    const [dead = '', sent = '', moved = ''] = keys;
    const scene = await setScene({ letters: () => [fresh(sent), burial({ body: request(dead) })] });
    await moveBySqs(scene, moved);
    const rows = linesOf((await scene.run(next())).stdout);
    const keysIn = (row: string) => keys.filter((key) => row.includes(key));
    expect(rows.flatMap(keysIn)).toEqual([dead, sent, moved, moved]);
    expect(rows.at(-1)).toContain('moved-by-sqs');
    await scene.run(next());
    expect(await scene.keysOnDeadLetterQueue()).toEqual([]);
    const [file = ''] = (await readdir(scene.folder)).filter((name) =>
      /^dead-letters-[\d-]{10}\.jsonl$/.test(name),
    );
    expect(linesOf(await readFile(join(scene.folder, file), 'utf8'))).toHaveLength(3);
    // "`enqueue --file` takes that file later."
    await scene.run(`npx camunda-unassign enqueue --stage $stage --file ${file}`);
    expect(await scene.keysOnQueue()).toEqual(keys);
  },

  async 'queue-age'(next) {
    const scene = await setScene();
    scene.eventSource.State = 'Disabled';
    await putOnQueue(scene, ['7', '8']);
    const { stdout } = await scene.run(next());
    expect(stdout.split('\n')[0]).toBe('Disabled\tNo records processed\tUser action');
    expect(JSON.parse(stdout.slice(stdout.indexOf('{'))).Attributes).toMatchObject({
      ApproximateNumberOfMessages: '2',
      ApproximateNumberOfMessagesNotVisible: '0',
      ApproximateNumberOfMessagesDelayed: '0',
    });
    const [resume = ''] = codeIn(section('docs/runbook.md', 'queue-age')).filter((code) =>
      code.startsWith('npm '),
    );
    await scene.run(resume);
    expect(scene.eventSource.State).toBe('Enabled');
  },

  async 'queue-expiring'(next) {
    const scene = await setScene();
    scene.eventSource.State = 'Disabled';
    await putOnQueue(scene, ['7']);
    const { stdout } = await scene.run(next());
    const end = stdout.indexOf('Disabled\tNo records processed\tUser action\n');
    expect(JSON.parse(stdout.slice(0, end)).Attributes).toEqual({
      ApproximateNumberOfMessages: '1',
      MessageRetentionPeriod: '604800',
    });
    const [resume = ''] = codeIn(section('docs/runbook.md', 'queue-expiring')).filter((code) =>
      code.startsWith('npm '),
    );
    await scene.run(resume);
    expect(scene.eventSource.State).toBe('Enabled');
  },

  async 'requeue-rate'(next) {
    const { log } = await logged(problem(503, 'UNAVAILABLE'));
    const scene = await setScene({ log: [...log, QUIET] });
    const { stdout } = await scene.run(next(), { '<camundaRestAddress>': scene.cluster.url });
    const [status, ...lines] = linesOf(stdout).toReversed();
    expect(status).toBe('200');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { outcome: 'requeue', title: 'UNAVAILABLE' },
    ]);
  },

  async 'credentials-refused'(next) {
    const { log } = await logged(problem(401, 'Unauthorized'));
    const secret = { LastChangedDate: '2026-11-23', LastRotatedDate: '2026-11-22' };
    const scene = await setScene({
      log: [...log, QUIET],
      answers: { 'secretsmanager describe-secret': secret },
    });
    const { stdout } = await scene.run(next(), { '<camundaSecretArn>': 'arn:secret' });
    const [line = '', ...described] = stdout.split('\n');
    expect(JSON.parse(line)).toMatchObject({ message: 'credentials refused', outcome: 'requeue' });
    expect(JSON.parse(described.join('\n'))).toEqual(['2026-11-23', '2026-11-22', null]);
    expect(await scene.asked('secretsmanager describe-secret')).toEqual([{ SecretId: 'arn:secret' }]);
  },

  async 'foreign-answers'(next) {
    const { log } = await logged(SIGN_IN);
    const scene = await setScene({ log: [...log, QUIET] });
    scene.cluster.settings.fault = () => SIGN_IN;
    const { stdout } = await scene.run(next(), { '<camundaRestAddress>': scene.cluster.url });
    const [line = '', ...answered] = stdout.split('\n');
    expect(JSON.parse(line)).toMatchObject({ status: 200, contentType: 'text/html', body: SIGN_IN.body });
    expect(answered.join('\n')).toMatch(/^HTTP\/1.1 200 OK.*Sign in/s);
  },

  async redelivered(next) {
    const { log } = await logged(problem(500, 'INTERNAL_ERROR'));
    const scene = await setScene({ log: [...log, QUIET] });
    const { stdout } = await scene.run(next());
    expect(linesOf(stdout).map((line) => JSON.parse(line))).toMatchObject([
      { outcome: 'redeliver', status: 500, detail: 'by the test' },
    ]);
  },

  async errors(next) {
    const shown = [
      '2026-11-23T12:00:00.000Z undefined ERROR Uncaught Exception {"errorType":"ConfigurationError"}',
      '2026-11-23T12:00:00.000Z 5fea7756 Task timed out after 60.00 seconds',
      'RequestId: 5fea7756 Error: Runtime exited with error: signal: killed',
    ];
    const scene = await setScene({ log: [QUIET, ...shown, 'END RequestId: 5fea7756'] });
    expect(linesOf((await scene.run(next())).stdout)).toEqual(shown);
  },

  async throttles(next) {
    const scene = await setScene({
      answers: {
        'lambda get-account-settings': { AccountLimit: { ConcurrentExecutions: 1000 } },
        'lambda get-function-concurrency': { ReservedConcurrentExecutions: 0 },
        'cloudwatch get-metric-statistics': { Datapoints: [{ Maximum: 1000 }] },
      },
    });
    const { stdout } = await scene.run(next());
    expect(stdout).toMatch(
      /"ConcurrentExecutions": 1000.*"ReservedConcurrentExecutions": 0.*"Maximum": 1000/s,
    );
    const [statistics] = await scene.asked('cloudwatch get-metric-statistics');
    expect(statistics).toMatchObject({ Namespace: 'AWS/Lambda', Period: 300, Statistics: ['Maximum'] });
    // The shell asks for the time twice.
    const { StartTime, EndTime } = Object(statistics);
    expect(new Date(EndTime).getTime() - new Date(StartTime).getTime()).toBeGreaterThanOrEqual(3_600_000);
  },

  async 'Dead letters by kind'(next) {
    const { keys, letters } = manyKinds();
    const scene = await setScene({ letters });
    const { stdout } = await scene.run(next());
    const [, group = ''] = /^([0-9a-f]{4}) +4 {2}wrong-state /m.exec(stdout) ?? [];
    const discarded = await scene.run(next());
    expect(linesOf(discarded.stdout)).toEqual(['Discarded 2 of 2.', 'Discarded 3 of 3.']);
    expect((await scene.run(next(), { '3f9a': group })).stdout).toMatch(
      /^Redriven 1 of 1\.\n.* 1 did not within 2 min/ms,
    );
    expect(await scene.keysOnQueue()).toHaveLength(1);
    expect((await scene.run(next(), { '3f9a': group })).stdout).toMatch(/^Redriven 3 of 3\.\n/);
    expect(await scene.keysOnQueue()).toHaveLength(3);
    expect(await scene.keysOnDeadLetterQueue()).toEqual(keys.others);
    const history = await scene.run(next());
    expect(linesOf(history.stdout).filter((line) => line.includes('INC-4711'))).toHaveLength(4);
    // "where the file of a discard is (for `enqueue --file`, if it was a mistake)"
    const told = JSON.parse(
      (await scene.run('npx camunda-unassign dead-letters history --output json')).stdout,
    );
    const [expired] = told.actions;
    await scene.run(`npx camunda-unassign enqueue --stage $stage --file ${told.actions[1].export}`);
    expect(expired.reason).toBe('INC-4711: expired');
    expect(await scene.keysOnQueue()).toEqual([...keys.gone, ...keys.free].toSorted());
  },

  async 'Superseded by mistake'(next) {
    const { key, log } = await logged(undefined, { expectedAssignee: 'demo' });
    const scene = await setScene({ log: [...log, QUIET] });
    await scene.run(next());
    expect(await readFile(join(scene.folder, 'keys.txt'), 'utf8')).toBe(`${key}\n`);
    await scene.run(next());
    const sent = await scene.stage.drain(scene.stage.embedded.queueUrl);
    expect(sent.map(({ Body = '' }) => JSON.parse(Body))).toEqual([
      { userTaskKey: key, expectedAssignee: 'demo' },
    ]);
  },

  async 'Redriving with the AWS console'(next) {
    const scene = await setScene({ letters: () => [burial({ body: request('7') }), fresh('8')] });
    await scene.run(next());
    await expect.poll(() => scene.keysOnQueue(), { timeout: 30_000 }).toEqual(['7', '8']);
    expect(await scene.keysOnDeadLetterQueue()).toEqual([]);
    const [task] = await scene.asked('sqs start-message-move-task');
    expect(task).toMatchObject({ MaxNumberOfMessagesPerSecond: 20 });
  },

  async 'Emergency stop'(next) {
    const scene = await setScene();
    expect((await scene.run(next())).stdout).toContain('after:  Disabled');
    expect(scene.eventSource.State).toBe('Disabled');
    await scene.run(next());
    expect(scene.eventSource.State).toBe('Enabled');
  },

  async 'Going back'() {
    // All of it is in NOT_RUN.
  },

  async 'Rotating credentials'(next) {
    const scene = await setScene({ answers: { 'secretsmanager put-secret-value': { VersionId: '1' } } });
    const secret = '{"clientId":"unassign","clientSecret":"new"}';
    await writeFile(join(scene.folder, 'secret.json'), secret);
    await scene.run(next(), { '<camundaSecretArn>': 'arn:secret' });
    expect(await scene.asked('secretsmanager put-secret-value')).toEqual([
      { SecretId: 'arn:secret', SecretString: secret },
    ]);
  },

  async 'Removing a deployment, and coming back'(next) {
    const scene = await setScene();
    const { client } = scene.stage.embedded;
    const { QueueUrl = '' } = await client.send(
      new CreateQueueCommand({ QueueName: 'camunda-unassign-prod-Queue-OLD' }),
    );
    await putOnQueue(scene, ['7', '8'], QueueUrl);
    const filledIn = { '<old queue>': QueueUrl };
    const { stdout } = await scene.run(next(), filledIn);
    const listed = stdout.indexOf('Redriven 2 of 2.');
    expect(JSON.parse(stdout.slice(0, listed))).toEqual({ QueueUrls: [QueueUrl] });
    expect(await scene.keysOnQueue()).toEqual(['7', '8']);
    await scene.run(next(), filledIn);
    expect(await scene.asked('sqs delete-queue')).toEqual([{ QueueUrl }]);
  },
};

/** What SQS itself moves to the dead-letter queue keeps the time of its first send. */
async function moveBySqs({ stage }: Pick<Scene, 'stage'>, key: string): Promise<void> {
  const { client, queueUrl } = stage.embedded;
  await putOnQueue({ stage }, [key]);
  const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, VisibilityTimeout: 0 });
  for (let receives = 0; receives <= 20; receives += 1) await client.send(receive);
}

async function putOnQueue(
  { stage }: Pick<Scene, 'stage'>,
  keys: readonly string[],
  queueUrl = stage.embedded.queueUrl,
): Promise<void> {
  const { client } = stage.embedded;
  for (const key of keys) {
    await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: request(key) }));
  }
}

/** Two that have expired, two whose task is over, one that nobody has, four that a listener held, and one malformed. */
function manyKinds() {
  const keys = { gone: [] as string[], free: [] as string[], others: ['undefined'] };
  const letters = ({ tasks }: StandInCluster): Burial[] => {
    const theirs = () => tasks.create({ assignee: 'anna' }).key;
    const expired = () =>
      burial({ kind: 'expired', body: request(theirs(), { expiresAt: '2020-01-01T00:00:00Z' }) });
    const held = () =>
      burial({
        kind: 'wrong-state',
        body: request(theirs()),
        end: { lastStatus: 409, lastTitle: 'INVALID_STATE' },
      });
    keys.gone.push(tasks.newKey(), tasks.newKey());
    keys.free.push(tasks.create({ assignee: null }).key);
    const over = [...keys.gone, ...keys.free].map((key) => burial({ body: request(key) }));
    const malformed = burial({ kind: 'malformed', body: '{}', end: { reason: 'userTaskKey: missing' } });
    return [expired(), expired(), ...over, held(), held(), held(), held(), malformed];
  };
  return { keys, letters };
}

describe('the procedure', () => {
  it.each(Object.entries(PROCEDURES))('%s', async (heading, carryOut) => {
    const blocks = commandsUnder(heading).filter(isRun);
    const next = () => blocks.shift() ?? expect.fail('there are fewer commands than there were');
    await carryOut(next);
    expect(blocks).toEqual([]);
  });
});

describe('every command', () => {
  it('is run, or is listed with the reason why not', () => {
    expect(sectionsWithCommands()).toEqual(Object.keys(PROCEDURES));
  });

  it('that is listed is there', () => {
    const all = sectionsWithCommands().flatMap(commandsUnder);
    expect(
      Object.keys(NOT_RUN).filter((start) => !all.some((commands) => commands.startsWith(start))),
    ).toEqual([]);
  });
});
