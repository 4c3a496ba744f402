// Why a request is not answered as it would like to be.
import type { ErrorAnswer, ErrorCode } from '../api.ts';

/** What is answered instead; the message says what to do. */
export class Refusal extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** The HTTP status of each. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  forbidden: 403,
  unauthorized: 401,
  invalid: 400,
  'not-found': 404,
  'wrong-method': 405,
  'too-large': 413,
  'read-only': 403,
  busy: 409,
  'no-snapshot': 409,
  'plan-expired': 410,
  'plan-used': 409,
  'plan-changed': 409,
  'not-confirmed': 422,
  unreachable: 502,
  ending: 503,
  failed: 500,
};

/** The answer to a request that is refused. */
export function refusalAnswer({ code, message }: Pick<Refusal, 'code' | 'message'>): Response {
  const answer: ErrorAnswer = { error: { code, message } };
  return Response.json(answer, { status: STATUS[code] });
}
