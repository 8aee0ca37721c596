import type { Readable } from 'node:stream';
import type { FileSize } from '#contracts/files.js';

/** Where the bytes of one form of a file are. */
export interface StoredForm {
  readonly applicationId: string;
  readonly fileId: string;
  readonly size: FileSize;
}

/** Bytes in a local file, which are to be stored. */
export interface LocalBytes {
  /** The storage may move it away. */
  readonly path: string;
  readonly size: number;
  /** SHA-256, hexadecimal. */
  readonly digest: string;
  readonly contentType: string;
}

/** The first and the last byte that are wanted. */
export interface Extent {
  readonly first: number;
  readonly last: number;
}

/** Keeps the bytes of files. What was stored is there after a crash; what is there is never changed. */
export abstract class FileStorage {
  /** @throws HooklineError file_storage_unavailable */
  abstract store(form: StoredForm, bytes: LocalBytes): Promise<void>;

  /**
   * @param extent null: the whole
   * @returns null when there is nothing
   * @throws HooklineError file_storage_unavailable
   */
  abstract read(form: StoredForm, extent: Extent | null): Promise<Readable | null>;

  /**
   * Removes every form of a file; what is not there is removed already.
   *
   * @throws HooklineError file_storage_unavailable
   */
  abstract remove(file: Omit<StoredForm, 'size'>): Promise<void>;
}
