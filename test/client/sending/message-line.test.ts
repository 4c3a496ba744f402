import { expect, it } from 'vitest';
import { readMessageLine } from '../../../client/sending/message-line.ts';

const BODY = '{"userTaskKey":"2251799813685249"}';

it.each<[string, object]>([
  ['a body', { body: BODY }],
  ['a body that breaks the contract', { body: 'not JSON' }],
  ['a String attribute', { body: BODY, attributes: { tenant: { dataType: 'String', stringValue: 'a' } } }],
  ['a labelled type', { body: BODY, attributes: { n: { dataType: 'Number.int', stringValue: '7' } } }],
  ['a Binary attribute', { body: BODY, attributes: { b: { dataType: 'Binary', binaryValue: 'AAEC' } } }],
  [
    'an attribute of any name',
    JSON.parse(`{"body":"b","attributes":{"__proto__":{"dataType":"String","stringValue":"a"}}}`),
  ],
  ['a message group', { body: BODY, messageGroupId: 'tenant-7' }],
  ['a trace header', { body: BODY, traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793' }],
])('reads %s', (_, line) => {
  expect(readMessageLine(line)).toEqual({ ok: true, message: line });
});

it('takes no field that it does not know', () => {
  const line = { body: BODY, code: 'InternalError', retryable: true, failedAt: '2026-11-23T12:00:00Z' };
  expect(readMessageLine(line)).toEqual({ ok: true, message: { body: BODY } });
});

const eleven = Object.fromEntries(
  Array.from({ length: 11 }, (_, index) => [`a${index}`, { dataType: 'String', stringValue: 'x' }]),
);

it.each<[string, unknown, RegExp]>([
  ['text', 'text', /^expected a JSON object such as/],
  ['null', null, /^expected a JSON object such as/],
  ['a request', { userTaskKey: '1' }, /^body: expected the message as a string/],
  ['a body that is no string', { body: {} }, /^body: expected the message as a string/],
  ['attributes that are no object', { body: BODY, attributes: [] }, /^attributes: expected an object/],
  ['eleven attributes', { body: BODY, attributes: eleven }, /^attributes: .*at most ten/],
  [
    'an attribute of no type',
    { body: BODY, attributes: { a: 'x' } },
    /^attribute "a": expected \{"dataType"/,
  ],
  [
    'an empty value',
    { body: BODY, attributes: { a: { dataType: 'String', stringValue: '' } } },
    /^attribute "a"/,
  ],
  [
    'a name that SQS keeps',
    { body: BODY, attributes: { 'AWS.a': { dataType: 'String', stringValue: 'x' } } },
    /^attribute "AWS.a"/,
  ],
  [
    "the function's own name",
    { body: BODY, attributes: { UnassignJourney: { dataType: 'String', stringValue: '{}' } } },
    /^attribute "UnassignJourney": this name is the function's own/,
  ],
  ['a group with a blank', { body: BODY, messageGroupId: 'a b' }, /^messageGroupId: expected/],
  ['a trace header of two lines', { body: BODY, traceHeader: 'a\nb' }, /^traceHeader: expected/],
])('refuses %s', (_, line, reason) => {
  expect(readMessageLine(line)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
});
