import { z } from 'zod';
import { limits } from '#contracts/limits.js';
import { ConfigurationError } from '#platform/configuration.js';

/** What is taken unless the installation says otherwise: what browsers do not run when they show it. */
const usualFileTypes = [
  ...['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif', 'image/heic', 'image/heif'],
  ...['audio/*', 'video/*'],
  ...['text/plain', 'text/csv', 'text/markdown', 'text/vcard', 'text/calendar', 'application/json'],
  ...['application/pdf', 'application/zip', 'application/gzip', 'application/x-7z-compressed'],
  ...['application/vnd.openxmlformats-officedocument.*', 'application/vnd.oasis.opendocument.*'],
  ...['application/x-cfb', 'application/msword', 'application/vnd.ms-excel', 'application/vnd.ms-powerpoint'],
  'application/octet-stream',
].join(',');

export const fileSettings = {
  HOOKLINE_FILES_STORAGE: z
    .enum(['disk', 's3'])
    .default('disk')
    .describe('Where the bytes of files are kept.'),
  HOOKLINE_FILES_DIR: z
    .string()
    .default('.hookline/files')
    .describe(
      'Folder for files on disk, and for uploads until they are stored; gateways share it with `disk`.',
    ),
  HOOKLINE_FILES_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .max(5 * 1024 ** 3)
    .default(limits.fileBytes)
    .describe('Bytes of one file, at most.'),
  HOOKLINE_FILES_TYPES: z
    .string()
    .default(usualFileTypes)
    .transform((text) =>
      text
        .split(',')
        .map((type) => type.trim().toLowerCase())
        .filter((type) => type !== ''),
    )
    .describe('Types that are taken, comma-separated; `*` at the end stands for anything.'),
  HOOKLINE_S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Of the S3-compatible service.'),
  HOOKLINE_S3_BUCKET: z.string().min(1).optional(),
  HOOKLINE_S3_REGION: z.string().min(1).default('us-east-1'),
  HOOKLINE_S3_ACCESS_KEY: z.string().min(1).optional(),
  HOOKLINE_S3_SECRET_KEY: z.string().min(1).optional(),
  HOOKLINE_S3_PATH_STYLE: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true')
    .describe('The bucket stands in the path; else in the name of the host.'),
};

type FileSettings = z.output<z.ZodObject<typeof fileSettings>>;

/** An S3-compatible service, and a bucket that is there. */
export interface S3Place {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly pathStyle: boolean;
}

export interface FilesConfiguration {
  readonly directory: string;
  /** Null: they are kept in the directory. */
  readonly s3: S3Place | null;
  /** Of one file, at most. */
  readonly bytes: number;
  /** What is taken; `*` at the end stands for anything. */
  readonly types: readonly string[];
}

/** @throws ConfigurationError when the storage lacks a setting */
export function filesConfiguration(settings: FileSettings): FilesConfiguration {
  return {
    directory: settings.HOOKLINE_FILES_DIR,
    s3: settings.HOOKLINE_FILES_STORAGE === 's3' ? s3Place(settings) : null,
    bytes: settings.HOOKLINE_FILES_BYTES,
    types: settings.HOOKLINE_FILES_TYPES,
  };
}

function s3Place(settings: FileSettings): S3Place {
  const {
    HOOKLINE_S3_ENDPOINT: endpoint,
    HOOKLINE_S3_BUCKET: bucket,
    HOOKLINE_S3_REGION: region,
    HOOKLINE_S3_ACCESS_KEY: accessKey,
    HOOKLINE_S3_SECRET_KEY: secretKey,
    HOOKLINE_S3_PATH_STYLE: pathStyle,
  } = settings;
  if (endpoint === undefined || bucket === undefined || accessKey === undefined || secretKey === undefined) {
    throw new ConfigurationError(
      'HOOKLINE_FILES_STORAGE=s3 needs HOOKLINE_S3_ENDPOINT, HOOKLINE_S3_BUCKET, HOOKLINE_S3_ACCESS_KEY and HOOKLINE_S3_SECRET_KEY',
    );
  }
  return { endpoint, bucket, region, accessKey, secretKey, pathStyle };
}
