import { Controller, Get } from '@nestjs/common';
import { hookSchema } from '#contracts/hooks/schema.js';
import { webhookSchema } from '#contracts/webhooks/schema.js';
import { asyncApiDocument } from '../asyncapi.js';
import { openApiDocument } from './openapi.js';

/** The machine-readable descriptions of the dialect; /api/docs shows that of REST. */
@Controller('api')
export class DocumentsController {
  private readonly openApi = openApiDocument();
  private readonly asyncApi = asyncApiDocument();
  private readonly hooks = hookSchema();
  private readonly webhooks = webhookSchema();

  @Get('openapi.json')
  openapi(): ReturnType<typeof openApiDocument> {
    return this.openApi;
  }

  @Get('asyncapi.json')
  asyncapi(): object {
    return this.asyncApi;
  }

  @Get('hooks.schema.json')
  hooksSchema(): ReturnType<typeof hookSchema> {
    return this.hooks;
  }

  @Get('webhooks.schema.json')
  webhooksSchema(): ReturnType<typeof webhookSchema> {
    return this.webhooks;
  }
}
