import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { fromFile, Parser } from '@asyncapi/parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  FAILURE_ATTRIBUTE,
  formatJourney,
  JOURNEY_ATTRIBUTE,
  parseJourney,
} from '../../../client/contract/journey.ts';
import { parseBody, parseRequest } from '../../../client/contract/request.ts';
import { readParameters } from '../../../infra/parameters.ts';
import { contractDocuments } from '../../../infra/tools/contract-documents.ts';

const FOLDER = new URL('../../../client/contract/documents/', import.meta.url);
const read = (name: string) => readFile(new URL(name, FOLDER), 'utf8');
const readSchema = async (name: string) => JSON.parse(await read(name));

async function validator(name: string) {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  return ajv.compile(await readSchema(name));
}

describe('the generated documents', () => {
  it.each([...contractDocuments()])('are checked in as they are generated: %s', async (name, text) => {
    expect(await read(name)).toBe(text);
  });

  it('are all that is generated there', async () => {
    const names = await readdir(FOLDER);
    expect(names.filter((name) => name.endsWith('.json')).sort()).toEqual(
      [...contractDocuments().keys()].sort(),
    );
  });
});

describe('the JSON Schema of a request', () => {
  let validate: Awaited<ReturnType<typeof validator>>;
  beforeAll(async () => {
    validate = await validator('unassign-request.schema.json');
  });

  it.each<[boolean, string]>([
    [true, '{"userTaskKey":"1"}'],
    [true, '{"userTaskKey":"2251799813685249"}'],
    [true, '{"userTaskKey":"9223372036854775807"}'],
    [true, '{"userTaskKey":"1","expiresAt":"2026-11-23T12:00:00Z"}'],
    [true, '{"userTaskKey":"1","expiresAt":"2028-02-29T23:59:59.123456789+14:00"}'],
    [false, '{"userTaskKey":"9223372036854775808"}'],
    [false, '{"userTaskKey":"10000000000000000000"}'],
    [false, '{"userTaskKey":"0"}'],
    [false, '{"userTaskKey":"01"}'],
    [false, '{"userTaskKey":"1\\n"}'],
    [false, '{"userTaskKey":"-1"}'],
    [false, '{"userTaskKey":""}'],
    [false, '{"userTaskKey":2251799813685249}'],
    [false, '{"userTaskKey":null}'],
    [false, '{}'],
    [false, '[]'],
    [false, 'null'],
    [false, '"1"'],
    [true, '{"userTaskKey":"1","expiresAt":null}'],
    [false, '{"userTaskKey":"1","expiresAt":"2026-11-23"}'],
    [false, '{"userTaskKey":"1","expiresAt":"2026-11-23T12:00:00"}'],
    [false, '{"userTaskKey":"1","expiresAt":"2027-02-29T12:00:00Z"}'],
    [false, '{"userTaskKey":"1","expiresAt":"2026-12-31T23:59:60Z"}'],
    [true, '{"userTaskKey":"1","expectedAssignee":"demo"}'],
    [true, `{"userTaskKey":"1","expectedAssignee":"${'\u{1f600}'.repeat(256)}"}`],
    [false, `{"userTaskKey":"1","expectedAssignee":"${'\u{1f600}'.repeat(257)}"}`],
    [false, '{"userTaskKey":"1","expectedAssignee":""}'],
    [false, '{"userTaskKey":"1","expectedAssignee":null}'],
    [false, '{"userTaskKey":"1","expectedAssignee":"a\\u0007"}'],
    [false, '{"userTaskKey":"1","expectedAssignee":"a\\u0085"}'],
    [false, '{"userTaskKey":"1","assignee":null}'],
    [false, '{"userTaskKey":"1","__proto__":{}}'],
    [false, '{"__proto__":{"userTaskKey":"1"}}'],
  ])('says %s to %s, as the function does', (accepted, body) => {
    expect({ schema: validate(JSON.parse(body)), contract: parseBody(body).ok }).toEqual({
      schema: accepted,
      contract: accepted,
    });
  });

  it('takes and refuses what the function takes and refuses', () => {
    const key = fc.oneof(
      fc.bigInt({ min: -10n, max: 10n ** 20n }).map(String),
      fc.bigInt({ min: 2n ** 63n - 1_000n, max: 2n ** 63n + 1_000n }).map(String),
      fc.stringMatching(/^[0-9]{1,20}$/),
      fc.jsonValue(),
    );
    const time = fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.stringMatching(/^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,9})?(Z|[+-][0-2]\d:[0-6]\d)$/),
      fc.jsonValue(),
    );
    // Half of a surrogate pair is what the schema cannot refuse.
    const assignee = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary', minLength: 250, maxLength: 260 }),
      fc.string({ unit: fc.nat({ max: 0xff }).map((unit) => String.fromCharCode(unit)) }),
      fc.jsonValue(),
    );
    const value = fc.oneof(
      fc.record({ userTaskKey: key, expiresAt: time, expectedAssignee: assignee }, { requiredKeys: [] }),
      fc.record({ userTaskKey: fc.constant('1'), expectedAssignee: assignee }),
      fc.record({ userTaskKey: key, other: fc.jsonValue() }, { requiredKeys: ['userTaskKey'] }),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(value, (body) => {
        const plain: unknown = JSON.parse(JSON.stringify(body));
        expect(validate(plain)).toBe(parseRequest(plain).ok);
      }),
      { numRuns: 3_000 },
    );
  });

  it('holds for its own examples', async () => {
    const { examples } = await readSchema('unassign-request.schema.json');
    expect(examples.map((example: unknown) => [validate(example), parseRequest(example).ok])).toEqual([
      [true, true],
      [true, true],
    ]);
  });

  it('says in words what it cannot say otherwise', async () => {
    expect((await readSchema('unassign-request.schema.json')).description).toContain('16384 bytes');
  });
});

describe('the JSON Schema of a journey', () => {
  it('holds for what the function writes, and for its own example', async () => {
    const validate = await validator('unassign-journey.schema.json');
    const { examples } = await readSchema('unassign-journey.schema.json');
    const written = formatJourney({
      attempts: 0,
      firstSentAt: '2026-11-23T10:00:00.000Z',
      firstMessageId: 'm',
      kind: 'a-kind-of-tomorrow',
      setAside: [
        { name: 'a', dataType: 'String', stringValue: '✓' },
        { name: 'b', dataType: 'Number.int', stringValue: '1' },
        { name: 'c', dataType: 'Binary', binaryValue: 'AP8=' },
      ],
    });
    const journeys = [JSON.parse(written), ...examples];
    expect({
      schema: journeys.map((journey) => validate(journey)),
      function: journeys.map((journey) => parseJourney(JSON.stringify(journey)) !== undefined),
    }).toEqual({ schema: [true, true], function: [true, true] });
  });

  it.each([
    ['without a first message', { attempts: 0, firstSentAt: '2026-11-23T10:00:00Z' }],
    [
      'with a kind that is no text',
      { attempts: 0, firstSentAt: '2026-11-23T10:00:00Z', firstMessageId: 'm', kind: 1 },
    ],
    ['with half an attempt', { attempts: 0.5, firstSentAt: '2026-11-23T10:00:00Z', firstMessageId: 'm' }],
  ])('refuses one %s, as the function does', async (_, journey) => {
    const validate = await validator('unassign-journey.schema.json');
    expect([validate(journey), parseJourney(JSON.stringify(journey))]).toEqual([false, undefined]);
  });
});

describe('the AsyncAPI document', () => {
  async function parse() {
    return fromFile(new Parser(), fileURLToPath(new URL('asyncapi.yaml', FOLDER))).parse();
  }

  it('is valid, without a warning', async () => {
    expect((await parse()).diagnostics).toEqual([]);
  });

  it('describes the queues as they are deployed by default', async () => {
    const { document } = await parse();
    const defaults = readParameters({ camundaRestAddress: 'https://camunda.example.org' }, 'dev');
    const bindings = Object.fromEntries(
      document
        ?.channels()
        .all()
        .map((channel) => [channel.id(), channel.bindings().get('sqs')?.value()]) ?? [],
    );
    expect(bindings).toMatchObject({
      queue: {
        queue: {
          fifoQueue: false,
          visibilityTimeout: defaults.visibilityTimeoutSeconds,
          messageRetentionPeriod: defaults.queueRetentionSeconds,
          redrivePolicy: {
            deadLetterQueue: { name: 'deadLetterQueue' },
            maxReceiveCount: defaults.queueMaxReceiveCount,
          },
        },
        deadLetterQueue: { messageRetentionPeriod: defaults.deadLetterQueueRetentionSeconds },
      },
      deadLetterQueue: {
        queue: { fifoQueue: false, messageRetentionPeriod: defaults.deadLetterQueueRetentionSeconds },
      },
    });
  });

  it('has the generated schemas for its payloads, and names the attributes of copies', async () => {
    const { document } = await parse();
    const messages = document?.components().messages();
    const request = await readSchema('unassign-request.schema.json');
    const headers = (id: string) => Object(messages?.get(id)?.headers()?.json()).properties;
    expect({
      payload: messages?.get('unassignRequest')?.payload()?.json(),
      requeued: headers('requeuedRequest'),
      deadLetter: headers('deadLetter'),
      journey: document?.components().schemas().get('UnassignJourney')?.json(),
    }).toMatchObject({
      payload: request,
      requeued: { [JOURNEY_ATTRIBUTE]: { type: 'string' }, [FAILURE_ATTRIBUTE]: false },
      deadLetter: { [JOURNEY_ATTRIBUTE]: { type: 'string' }, [FAILURE_ATTRIBUTE]: { type: 'string' } },
      journey: await readSchema('unassign-journey.schema.json'),
    });
  });

  it('has the version of the package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect((await parse()).document?.info().version()).toBe(version);
  });
});
