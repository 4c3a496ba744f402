// The contract for every other language: JSON Schemas, generated from the schemas that the function itself reads with.
import * as z from 'zod/mini';
import { DEAD_LETTER_KINDS, JOURNEY_TEXT, JourneySchema } from '../../client/contract/journey.ts';
import { MAX_BODY_BYTES, UnassignRequest } from '../../client/contract/request.ts';

/** Every generated document, by its file name in client/contract/documents. */
export function contractDocuments(): ReadonlyMap<string, string> {
  return new Map([
    ['unassign-request.schema.json', format(requestSchema())],
    ['unassign-journey.schema.json', format(journeySchema())],
  ]);
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

function requestSchema(): JsonSchema {
  return describe(z.toJSONSchema(UnassignRequest), {
    title: 'UnassignRequest',
    description:
      'The body of a message: a user task to unassign. ' +
      `At most ${MAX_BODY_BYTES} bytes of UTF-8, which a JSON Schema cannot say.`,
    examples: [
      { userTaskKey: '2251799813685249' },
      { userTaskKey: '6755399441055747', expiresAt: '2026-11-23T12:00:00Z', expectedAssignee: 'demo' },
    ],
    fields: {
      userTaskKey:
        'The key of the user task: 1 to 9223372036854775807 (2^63-1) as a string of digits without a leading zero. ' +
        'Never a JSON number: keys from partition 4 on exceed 2^53-1, above which one loses digits.',
      expiresAt:
        'After this time nobody wants it any more: ISO 8601 with seconds and offset (RFC 3339), ' +
        'with capital T and Z and without leap seconds. ' +
        'Without it, or with null, a retry hours later can strip somebody who has taken the task since.',
      expectedAssignee:
        'Unassign only while this person has the task: the name as Camunda keeps it, compared exactly, of 1 to 256 ' +
        'characters (Unicode code points) without control characters, and without half a surrogate pair, which a JSON ' +
        'Schema cannot say. Leave it out where it does not matter who has the task: null and an empty string are ' +
        'refused, so that a guard that is empty by mistake does not become a request without one. ' +
        'Needs Camunda 8.8 or later with a secondary storage, and the permission to read the task.',
    },
  });
}

function journeySchema(): JsonSchema {
  return describe(z.toJSONSchema(JourneySchema, { io: 'input', override: onlyPortable }), {
    title: 'UnassignJourney',
    description:
      'The message attribute UnassignJourney, a String that holds this JSON, on every copy that the function sends, ' +
      'and on what is redriven: ' +
      'where a request has been and, on a dead letter, why it is one.',
    examples: [
      {
        attempts: 1,
        firstTriedAt: '2026-11-23T10:00:01.250Z',
        firstSentAt: '2026-11-23T10:00:00.000Z',
        firstMessageId: '5fea7756-0ea4-451a-a703-a558b933e274',
        senderId: 'AIDAIENQZJOLO23YVJ4VO',
        lastStatus: 409,
        lastTitle: 'INVALID_STATE',
        lastDetail: "Command 'ASSIGN' rejected with code 'INVALID_STATE'",
        kind: 'wrong-state',
        failedAt: '2026-11-23T10:00:01.400Z',
      },
    ],
    fields: {
      attempts: 'Calls to the cluster that left the process.',
      firstTriedAt: 'The first such call, from which the retry budget counts. Absent: never called.',
      firstSentAt: 'When the sender sent the original.',
      firstMessageId: `The original's message id; at most ${JOURNEY_TEXT.messageId} characters.`,
      senderId: `Who sent the original, as SQS says; at most ${JOURNEY_TEXT.senderId} characters.`,
      redriven: 'How often somebody has sent the request back from the dead-letter queue. Absent: never.',
      redrivenAt: 'When last; the retry budget has started again since.',
      lastStatus: "The cluster's last answer: its HTTP status.",
      lastTitle: `The title of its problem detail (RFC 9457); at most ${JOURNEY_TEXT.title} characters.`,
      lastDetail: `The detail of its problem detail; at most ${JOURNEY_TEXT.detail} characters.`,
      lastContentType: `Of a last answer that is not Camunda's problem detail: its content type; at most ${JOURNEY_TEXT.contentType} characters.`,
      lastBody: `The beginning of such an answer's body; at most ${JOURNEY_TEXT.body} characters.`,
      foreignStatus:
        'The status of an answer that was not Camunda’s, while the cluster itself could be reached: the second one counts.',
      underWay: 'An earlier call got no answer, and none since has told what became of it.',
      kind:
        `On dead letters: why, in one word; at most ${JOURNEY_TEXT.kind} characters. ` +
        `Today ${DEAD_LETTER_KINDS.join(', ')}; a newer function may write others.`,
      reason: `On dead letters: why, in the function's words; at most ${JOURNEY_TEXT.reason} characters.`,
      failedAt: 'On dead letters: when it became one.',
      setAside:
        "The sender's attributes for which the ten that SQS allows left no place, with names and values as SQS takes them; put back on a redrive.",
      unreadable: 'A journey that could not be read, as it was found.',
    },
  });
}

/**
 * Takes out what is not for every language: look-around and code points by number (JSON Schema Core, "Regular
 * Expressions"), and a format of zod's own beside the standard's `contentEncoding`.
 */
function onlyPortable({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  const odd = ({ pattern }: { pattern?: string }) => /\(\?[!<=]|\\u/.test(pattern ?? '');
  if (odd(jsonSchema)) delete jsonSchema.pattern;
  if (jsonSchema.format === 'base64') delete jsonSchema.format;
  const left = jsonSchema.allOf?.filter((part) => typeof part === 'boolean' || !odd(part));
  if (left !== undefined) jsonSchema.allOf = left;
}

interface Words {
  readonly title: string;
  readonly description: string;
  readonly examples: readonly unknown[];
  readonly fields: Readonly<Record<string, string>>;
}

function describe(schema: JsonSchema, { fields, ...words }: Words): JsonSchema {
  const { $schema, properties = {}, ...rest } = schema;
  const described = Object.entries(properties).map(([field, property]) => [
    field,
    { description: fields[field], ...Object(property) },
  ]);
  return { $schema, ...words, ...rest, properties: Object.fromEntries(described) } as JsonSchema;
}

function format(schema: JsonSchema): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
