import { describe, expect, it } from 'vitest';
import { faultOf, mayBlameAnEntry } from '../../../client/sqs/send-faults.ts';

/** As the SDK throws what SQS answers. */
function answered(name: string, httpStatusCode = 400): Error {
  return Object.assign(new Error('refused'), { name, $metadata: { httpStatusCode } });
}

describe('a request that SQS refused whole', () => {
  it.each([
    'InvalidMessageContents',
    'InvalidParameterValue',
    'InvalidParameterValueException',
    'AWS.SimpleQueueService.InvalidMessageContents',
    'InvalidParameterCombination',
    'MissingParameter',
    'MissingRequiredParameterException',
    'BatchRequestTooLong',
    'AWS.SimpleQueueService.BatchRequestTooLong',
    'MessageTooLong',
    'InvalidBatchEntryId',
    'BatchEntryIdsNotDistinct',
    'TooManyEntriesInBatchRequest',
    'InvalidAttributeValue',
    'ReceiptHandleIsInvalid',
    'SerializationException',
    'ValidationException',
    'UnknownError',
  ])('for %s may be taken without one of its entries', (code) => {
    expect(mayBlameAnEntry(answered(code))).toBe(true);
  });

  it('as too large may be taken in parts', () => {
    expect(mayBlameAnEntry(answered('UnknownError', 413))).toBe(true);
  });

  it.each([
    ['AccessDenied', 403],
    ['AccessDenied', 400],
    ['AccessDeniedException', 400],
    ['NotAuthorized', 400],
    ['UnauthorizedOperation', 403],
    ['InvalidSecurity', 403],
    ['InvalidClientTokenId', 400],
    ['UnrecognizedClientException', 400],
    ['MissingAuthenticationToken', 400],
    ['ExpiredTokenException', 400],
    ['OptInRequired', 400],
    ['KmsAccessDenied', 400],
    ['KmsDisabled', 400],
    ['KmsInvalidState', 400],
    ['KmsInvalidKeyUsage', 400],
    ['KmsNotFound', 400],
    ['KmsOptInRequired', 400],
    ['KmsThrottled', 400],
    ['KMS.DisabledException', 400],
    ['KMS.NotFoundException', 400],
    ['QueueDoesNotExist', 400],
    ['AWS.SimpleQueueService.NonExistentQueue', 400],
    ['AWS.SimpleQueueService.QueueDeletedRecently', 400],
    ['InvalidAddress', 400],
    ['SignatureDoesNotMatch', 400],
    ['InvalidSignatureException', 400],
    ['IncompleteSignature', 400],
    ['RequestExpired', 400],
    ['RequestTimeTooSkewed', 400],
    ['RequestInTheFuture', 400],
    ['RequestThrottled', 400],
    ['ThrottlingException', 400],
    ['OverLimit', 400],
    ['UnsupportedOperation', 400],
    ['UnknownOperationException', 400],
    ['InvalidAction', 400],
    ['EmptyBatchRequest', 400],
    ['InvalidMessageContents', 500],
    ['InternalError', 500],
    ['ServiceUnavailable', 503],
    ['InvalidParameterValue', 403],
  ])('for %s (%i) is so for all of its entries', (code, status) => {
    expect(mayBlameAnEntry(answered(code, status))).toBe(false);
  });

  it.each([
    ['no answer', new Error('socket hang up')],
    ['a bug', new TypeError('of undefined')],
    ['no error', 'refused'],
  ])('is nothing that got %s', (_, error) => {
    expect(mayBlameAnEntry(error)).toBe(false);
  });
});

describe('an entry that SQS did not take', () => {
  it.each([
    ['InternalError', false, true],
    ['RequestThrottled', true, true],
    ['KMS.ThrottlingException', true, true],
    ['TooManyRequestsException', true, true],
    ['InvalidMessageContents', true, false],
  ])('for %s, the sender’s fault: %s, may be taken the next time: %s', (code, senderFault, expected) => {
    const failed = { Id: '0', Code: code, SenderFault: senderFault };
    expect(faultOf('0', { Failed: [failed] })?.retryable).toBe(expected);
  });
});
