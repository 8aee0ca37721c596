import { createReadStream } from 'node:fs';
import { Controller, Get, Header, Param, StreamableFile } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { GatewayConfiguration } from '../gateway.config.js';

/** Where the set-up has bundled the page: dist/playground. */
const folder = new URL('../../../../playground/', import.meta.url);

const types: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'main.js': 'text/javascript; charset=utf-8',
  'main.css': 'text/css; charset=utf-8',
};

/** Scripts and styles of its own alone; it talks to this gateway and to the playground's server. */
const policy =
  "default-src 'self'; connect-src 'self' ws: http://127.0.0.1:*; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The playground page at `/`. There is one only when the gateway is told where the playground's server is. */
@Controller()
export class PlaygroundController {
  constructor(private readonly configuration: GatewayConfiguration) {}

  @Get()
  @Header('content-security-policy', policy)
  @Header('cache-control', 'no-cache')
  page(): StreamableFile {
    return file('index.html');
  }

  @Get('playground.json')
  @Header('cache-control', 'no-store')
  settings(): { server: string | null } {
    return { server: this.configuration.playgroundUrl };
  }

  @Get('playground/:name')
  @Header('cache-control', 'no-cache')
  @Header('x-content-type-options', 'nosniff')
  asset(@Param('name') name: string): StreamableFile {
    return file(name);
  }
}

/** @throws HooklineError not_found */
function file(name: string): StreamableFile {
  if (!Object.hasOwn(types, name)) throw new HooklineError('not_found');
  return new StreamableFile(createReadStream(new URL(name, folder)), { type: types[name] ?? '' });
}
