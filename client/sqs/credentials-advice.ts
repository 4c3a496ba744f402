// What to do about AWS credentials that are missing or have expired, by what the SDK says of them. Pure.

/**
 * What helps where a profile's credentials need more than a log-in by IAM Identity Center; undefined for every other
 * message. (SDK for JavaScript, credential providers `ini` and `login`; AWS CLI, `configure export-credentials` and `login`.)
 */
export function credentialsAdvice(message: string, profile: string | undefined): string | undefined {
  const option = profile === undefined ? '' : ` --profile ${profile}`;
  if (/multi-factor|\bMFA\b/.test(message)) {
    return (
      'The AWS profile wants a code of multi-factor authentication, which nobody can be asked for here: run ' +
      `eval "$(aws configure export-credentials${option} --format env)", which asks for it, then this again without a profile.`
    );
  }
  // The last is what a profile says that was never logged in, or was logged out.
  if (/\baws login\b|login_session|^Failed to load token from /.test(message)) {
    return `The AWS session of this profile is missing or has expired: log in again (aws login${option}).`;
  }
  return undefined;
}

/** Whether AWS refuses a signature for its time (AWS General Reference, "Signature Version 4 troubleshooting"). */
export function blamesClock(message: string): boolean {
  return /signature (has )?expired|signature not yet current|request time too skewed/i.test(message);
}
