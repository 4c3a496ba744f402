// The types of options, as they follow from the declarations.

/** A command's options, as commander hands them to its action: those that a function declares. */
export type OptionsOf<Declare extends (...args: never[]) => { opts(): object }> = ReturnType<
  ReturnType<Declare>['opts']
>;

/** Of a command that has none yet. */
export type NoOptions = Record<never, never>;
