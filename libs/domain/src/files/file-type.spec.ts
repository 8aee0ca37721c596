import { expect, test } from '@jest/globals';
import { fileType } from './file-type.js';

const allowed = [
  'image/png',
  'image/jpeg',
  'video/*',
  'audio/*',
  'text/plain',
  'application/json',
  'application/zip',
];
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const taken = (contentType: string) => ({ kind: 'taken', contentType });
const notAllowed = (contentType: string) => ({ kind: 'not_allowed', contentType });
const mismatch = (found: string) => ({ kind: 'mismatch', found });

test.each([
  ['what it says it is', 'image/png', 'image/png', false, taken('image/png')],
  ['another name for it', 'IMAGE/JPG; q=1', 'image/jpeg', false, taken('image/jpeg')],
  ['nothing said', null, 'image/png', false, taken('image/png')],
  ['nothing in particular said', 'application/octet-stream', 'image/png', false, taken('image/png')],
  ['a container of either', 'audio/mp4', 'video/mp4', false, taken('audio/mp4')],
  ['a type with parameters', 'audio/ogg', 'audio/ogg; codecs=opus', false, taken('audio/ogg')],
  [
    'a program that calls itself an image',
    'image/png',
    'application/x-elf',
    false,
    mismatch('application/x-elf'),
  ],
  ['a text that calls itself an image', 'image/png', null, true, mismatch('unknown')],
  ['an image that calls itself a text', 'text/plain', 'image/png', false, mismatch('image/png')],
  ['bytes that call themselves a text', 'text/plain', null, false, mismatch('unknown')],
  ['a text', 'text/plain; charset=utf-8', null, true, taken('text/plain')],
  ['a text of which nothing is said', null, null, true, taken('text/plain')],
  ['JSON', 'application/json', null, true, taken('application/json')],
  ['a page', 'text/html', null, true, notAllowed('text/html')],
  ['a program', null, 'application/x-elf', false, notAllowed('application/x-elf')],
  ['a document that is not allowed though an archive is', docx, 'application/zip', false, notAllowed(docx)],
  ['unknown bytes that are not allowed', null, null, false, notAllowed('application/octet-stream')],
  ['a type that cannot be recognised', 'application/x-own', null, false, notAllowed('application/x-own')],
])('%s', (_what, declared, found, looksLikeText, verdict) => {
  expect(fileType({ declared, found, looksLikeText }, allowed)).toEqual(verdict);
});
