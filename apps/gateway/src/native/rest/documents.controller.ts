import { Controller, Get } from '@nestjs/common';
import { asyncApiDocument } from '../asyncapi.js';
import { openApiDocument } from './openapi.js';

/** The machine-readable descriptions of the dialect; /api/docs shows that of REST. */
@Controller('api')
export class DocumentsController {
  private readonly openApi = openApiDocument();
  private readonly asyncApi = asyncApiDocument();

  @Get('openapi.json')
  openapi(): ReturnType<typeof openApiDocument> {
    return this.openApi;
  }

  @Get('asyncapi.json')
  asyncapi(): object {
    return this.asyncApi;
  }
}
