import { Controller, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { deleteFile, getFile } from '#contracts/files.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { FileDownloads } from '../../files/downloads.port.js';
import { FileLinks } from '../../files/file-links.port.js';
import { FileUploads } from '../../files/uploads.port.js';
import { actorOf, namedUser } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** Uploaded bytes, and who gets them. */
@Controller()
export class FilesController {
  constructor(
    private readonly bus: Bus,
    private readonly uploads: FileUploads,
    private readonly downloads: FileDownloads,
    private readonly links: FileLinks,
  ) {}

  @Operates(operations.uploadFile)
  upload(
    @FromRequest() { caller, query, idempotency }: Requested<typeof operations.uploadFile>,
    @Req() request: Request,
  ): Answered {
    const { name, ownerId } = query;
    const isOfApplication = caller.kind === 'master' && ownerId === undefined;
    return this.uploads.upload(request, {
      applicationId: caller.applicationId,
      ownerId: isOfApplication ? null : namedUser(caller, ownerId, '/query/ownerId'),
      name,
      idempotency,
    });
  }

  @Operates(operations.getFile)
  get(@FromRequest() { caller, parameters }: Requested<typeof operations.getFile>): Answered {
    const { applicationId } = caller;
    return this.bus.ask(getFile, { applicationId, ...parameters, actor: actorOf(caller) });
  }

  @Operates(operations.getFileContent)
  async getContent(
    @FromRequest() { caller, parameters, query }: Requested<typeof operations.getFileContent>,
    @Req() request: Request,
    @Res() response: Response,
  ): Answered {
    const { applicationId } = caller;
    const file = await this.bus.ask(getFile, { applicationId, ...parameters, actor: actorOf(caller) });
    return this.downloads.send(applicationId, file, query.size, { request, response });
  }

  @Operates(operations.deleteFile)
  async delete(
    @FromRequest() { caller, parameters }: Requested<typeof operations.deleteFile>,
  ): Promise<void> {
    const { applicationId } = caller;
    await this.bus.ask(deleteFile, { applicationId, ...parameters, actor: actorOf(caller) });
  }

  @Operates(operations.createFileLink)
  async createLink(
    @FromRequest() { caller, parameters, body }: Requested<typeof operations.createFileLink>,
  ): Answered {
    const { applicationId } = caller;
    await this.bus.ask(getFile, { applicationId, ...parameters, actor: actorOf(caller) });
    const expires = Date.now() + body.expiresIn * 1000;
    const url = this.links.sign({ applicationId, ...parameters, size: body.size, expires });
    return { url, expiresAt: expires };
  }

  @Operates(operations.getLinkedFile)
  async getLinked(
    @FromRequest() { parameters, query }: Requested<typeof operations.getLinkedFile>,
    @Req() request: Request,
    @Res() response: Response,
  ): Answered {
    const { size, expires, signature } = query;
    this.links.check({ ...parameters, size, expires }, signature);
    const file = await this.bus.ask(getFile, { ...parameters, actor: { kind: 'master' } });
    return this.downloads.send(parameters.applicationId, file, size, { request, response });
  }
}
