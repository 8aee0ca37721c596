import { Controller, Get } from '@nestjs/common';
import { openApiDocument } from './openapi.js';

/** The machine-readable description of the dialect; /api/docs shows it. */
@Controller('api')
export class DocumentsController {
  private readonly openApi = openApiDocument();

  @Get('openapi.json')
  openapi(): ReturnType<typeof openApiDocument> {
    return this.openApi;
  }
}
