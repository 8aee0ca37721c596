import { Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { deleteFile, fileId as fileIdSchema, fileSize, getFile } from '#contracts/files.js';
import { isOpenedBy } from '#domain/permissions/access-paths.js';
import { Bus } from '#platform/bus/bus.js';
import { Admission } from '../../admission/admission.port.js';
import { FileDownloads } from '../../files/downloads.port.js';
import { FileUploads } from '../../files/uploads.port.js';
import { VonageAuthentication, type VonageCaller } from './auth/vonage-authentication.js';
import { imagePath } from './events/image-files.js';
import { actorOf, userIdOf } from './requested.js';

/** What packages write beside the file: how much smaller the other sizes are to be. Sizes are ours. */
const formFields = 10;

const ofSize = z.object({ fileId: fileIdSchema, size: fileSize });

/** Images that Vonage's clients send: uploaded in one request, in three sizes, and read by who sees the event that has them. */
@Controller('v1')
export class VonageImagesController {
  constructor(
    private readonly admission: Admission,
    private readonly authentication: VonageAuthentication,
    private readonly uploads: FileUploads,
    private readonly downloads: FileDownloads,
    private readonly bus: Bus,
  ) {}

  /** Its packages take no other status than 200. */
  @Post('image')
  @HttpCode(200)
  async upload(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<object> {
    const caller = await this.caller(request, response);
    const { applicationId } = caller;
    if (!/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? ''))
      throw new HooklineError('unsupported_media_type', 'An image comes in a form: multipart/form-data');
    const file = await this.uploads.upload(request, {
      applicationId,
      ownerId: userIdOf(caller),
      name: 'image',
      idempotency: null,
      formFields,
      imagesOnly: true,
    });
    const root = this.admission.origin(request);
    const form = (size: z.output<typeof fileSize>): object => {
      const { contentType: type, size: bytes } = file.sizes[size as 'medium'] ?? file;
      return { id: `${file.id}/${size}`, url: `${root}${imagePath(file.id, size)}`, type, size: bytes };
    };
    return { original: form('original'), medium: form('medium'), thumbnail: form('small') };
  }

  @Get('media/:fileId/:size')
  async read(
    @Param() parameters: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const caller = await this.caller(request, response);
    const { fileId, size } = named(parameters);
    const { applicationId } = caller;
    const file = await this.bus.ask(getFile, { applicationId, fileId, actor: actorOf(caller) });
    await this.downloads.send(applicationId, file, size, { request, response });
  }

  /** All of its sizes. */
  @Delete('media/:fileId/:size')
  @HttpCode(204)
  async delete(
    @Param() parameters: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const caller = await this.caller(request, response);
    const { fileId } = named(parameters);
    await this.bus.ask(deleteFile, {
      applicationId: caller.applicationId,
      fileId,
      actor: actorOf(caller),
    });
  }

  /** @throws HooklineError unauthenticated, forbidden among others */
  private async caller(request: Request, response: Response): Promise<VonageCaller> {
    const { caller } = await this.admission.requestBy(
      () => this.authentication.ofHeader(request.headers.authorization),
      request,
      response,
    );
    if (caller.kind === 'user' && !isOpenedBy(caller.paths, request.method, request.path))
      throw new HooklineError('forbidden', `The token's acl does not open ${request.method} ${request.path}`);
    return caller;
  }
}

/** @throws HooklineError file_not_found */
function named(parameters: unknown): z.output<typeof ofSize> {
  const parsed = ofSize.safeParse(parameters);
  if (!parsed.success) throw new HooklineError('file_not_found');
  return parsed.data;
}
