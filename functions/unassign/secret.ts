// The one Secrets Manager secret, read when it is first needed and again when it may have been rotated.

import { hasPassed } from '../../client/cluster/clock.ts';
import { CredentialsError, type Secret, SecretSettings } from '../../client/cluster/credentials.ts';
import { cleaned } from '../../client/cluster/environment-fields.ts';
import { errorText } from '../../client/contract/text.ts';

const READ_TIMEOUT_MS = 3_000;
const MIN_REREAD_MS = 60_000;

/**
 * @param now epoch milliseconds
 */
export function createSecret(arn: string, now: () => number): Secret {
  let text: string | undefined;
  let settings: SecretSettings | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let suspect = false;

  async function fetchText(timeoutMs: number): Promise<string> {
    // Imported here, so that a function without a secret does not read the SDK.
    const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    // The region is the secret's own: the fourth field of an ARN (AWS General Reference).
    // A client of its own for each read, at most one a minute: an older one's connections may have been frozen.
    const client = new SecretsManagerClient({ region: arn.split(':')[3] ?? '', maxAttempts: 2 });
    // Takes whole milliseconds only, and none below 0.
    const abortSignal = AbortSignal.timeout(Math.max(0, Math.floor(Math.min(READ_TIMEOUT_MS, timeoutMs))));
    try {
      const answer = await client.send(new GetSecretValueCommand({ SecretId: arn }), { abortSignal });
      return answer.SecretString ?? '';
    } finally {
      client.destroy();
    }
  }

  async function readAgain(timeoutMs: number): Promise<SecretSettings> {
    const found = await fetchText(timeoutMs);
    // The same object for the same text, so that nothing is rebuilt for a secret that has not changed.
    if (settings === undefined || found !== text) settings = parse(found);
    text = found;
    suspect = false;
    return settings;
  }

  return {
    async read(timeoutMs) {
      const mayAskAgain = suspect && hasPassed(MIN_REREAD_MS, readAt, now());
      if (settings !== undefined && !mayAskAgain) return settings;
      readAt = now();
      try {
        return await readAgain(timeoutMs);
      } catch (error) {
        // What was good once may be good again, and is better than nothing while the secret is out of reach.
        if (settings !== undefined) return settings;
        throw new CredentialsError(`the secret ${arn} cannot be used: ${explain(error)}`, isOursToFix(error));
      }
    },
    markStale() {
      suspect = true;
    },
  };
}

/** Not there, not allowed, or not what was expected in it; everything else passes. */
function isOursToFix(error: unknown): boolean {
  if (error instanceof CredentialsError) return error.refused;
  const name = error instanceof Error ? error.name : '';
  // Secrets Manager API reference, GetSecretValue, "Errors", and the errors that all actions share.
  return [
    'ResourceNotFoundException',
    'AccessDeniedException',
    'DecryptionFailure',
    'InvalidRequestException',
  ].includes(name);
}

/** A parser's message quotes what it could not read, which may be the secret. */
function explain(error: unknown): string {
  return error instanceof SyntaxError ? 'Secrets Manager gave an answer that is not JSON' : errorText(error);
}

function parse(text: string): SecretSettings {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // Not the parser's own message: it quotes the text.
    throw new CredentialsError("expected a JSON object with the settings' names as keys", true);
  }
  const parsed = SecretSettings.safeParse(value);
  if (parsed.success) return cleaned(parsed.data);
  const names = parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ');
  throw new CredentialsError(`expected a JSON object whose values are text; not so: ${names}`, true);
}
