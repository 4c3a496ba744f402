// What every Node.js has from 21 on and TypeScript does not know yet (ECMAScript proposal "JSON.parse source text access").
interface JSON {
  /** A number that `JSON.stringify` writes with exactly these digits. It is an object, and nothing may be reckoned with it. */
  rawJSON(text: string): number;
}
