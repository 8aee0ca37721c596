/** What tests use of jsdom: its own types would bring those of browsers into code that runs in Node. */
declare module 'jsdom' {
  export class JSDOM {
    constructor(
      html: string,
      options: { url: string; runScripts: 'outside-only'; pretendToBeVisual: boolean },
    );
    readonly window: { eval(code: string): unknown; close(): void; [name: string]: unknown };
  }
}
