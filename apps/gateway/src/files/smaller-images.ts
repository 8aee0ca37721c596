import sharp, { type Sharp } from 'sharp';
import { HooklineError } from '#contracts/errors.js';
import type { File } from '#contracts/files.js';
import { limits } from '#contracts/limits.js';
import type { Spool } from './spool.js';

/** Types that smaller forms are made of, and that browsers may show beside others' pages. */
export const shownImages: readonly string[] = [
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/avif',
];

type SmallerImage = NonNullable<File['sizes']['small']>;
export interface SmallerForm {
  readonly size: 'medium' | 'small';
  readonly path: string;
  readonly image: SmallerImage;
}
export interface ReadImage {
  readonly width: number;
  readonly height: number;
  readonly forms: readonly SmallerForm[];
}

/** Images that may wait for the one that is worked on, in one gateway. */
const waitingAtMost = 16;
/** For one form of one image. */
const patienceSeconds = 20;

// One image at a time, in one thread: messages go first. Of libvips' readers only those that are needed are open.
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map((reader) => `VipsForeignLoad${reader}`),
});

/**
 * Makes the smaller forms of images: turned as they are to be shown, the first picture of moving ones, without what
 * cameras write into them (place, time, device). JPEG stays JPEG, all others become WebP.
 */
export class SmallerImages {
  private waiting = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly spool: Spool) {}

  /**
   * @returns the forms' paths are the caller's to remove
   * @throws HooklineError image_not_readable, overloaded
   */
  async make(path: string, contentType: string): Promise<ReadImage> {
    if (this.waiting >= waitingAtMost) throw new HooklineError('overloaded', 'Too many images are waiting');
    this.waiting += 1;
    const made = this.turn.then(() => this.makeNow(path, contentType));
    this.turn = made.catch(() => undefined);
    try {
      return await made;
    } finally {
      this.waiting -= 1;
    }
  }

  private async makeNow(path: string, contentType: string): Promise<ReadImage> {
    const [medium, small] = [await this.spool.newPath(), await this.spool.newPath()];
    try {
      const { width, height } = (await open(path).metadata()).autoOrient;
      if (width * height > limits.imagePixels) {
        throw new HooklineError(
          'image_not_readable',
          `An image has at most ${String(limits.imagePixels)} pixels`,
        );
      }
      const format = contentType === 'image/jpeg' ? 'jpeg' : 'webp';
      return {
        width,
        height,
        forms: [
          { size: 'medium', path: medium, image: await shrink(path, medium, limits.imageMedium, format) },
          { size: 'small', path: small, image: await shrink(medium, small, limits.imageSmall, format) },
        ],
      };
    } catch (error) {
      await this.spool.remove([medium, small]);
      if (error instanceof HooklineError) throw error;
      throw new HooklineError('image_not_readable');
    }
  }
}

function open(path: string): Sharp {
  return sharp(path, { limitInputPixels: limits.imagePixels, failOn: 'error' });
}

async function shrink(
  from: string,
  to: string,
  longerSide: number,
  format: 'jpeg' | 'webp',
): Promise<SmallerImage> {
  const { width, height, size } = await open(from)
    .autoOrient()
    .resize({ width: longerSide, height: longerSide, fit: 'inside', withoutEnlargement: true })
    .toFormat(format, { quality: 80 })
    .timeout({ seconds: patienceSeconds })
    .toFile(to);
  return { contentType: `image/${format}`, width, height, size };
}
