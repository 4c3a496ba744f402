// Commander with the types of @commander-js/extra-typings, which infer the type of a command's options from their
// declarations. That package has nothing but types, so that only commander is needed at runtime.

// For knip, which does not see the export below.
/// <reference types="@commander-js/extra-typings" />

declare module 'commander' {
  export * from '@commander-js/extra-typings';
}
