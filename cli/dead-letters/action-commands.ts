export function addActionCommands(..._: unknown[]): void {}
