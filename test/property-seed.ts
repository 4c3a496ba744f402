// With PROPERTY_SEED every run has the same examples: what is judged is the change, not the luck. Without it properties go
// on looking for new ones.
const seed = process.env['PROPERTY_SEED'];

if (seed !== undefined) {
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ seed: Number(seed) });
}

export {};
