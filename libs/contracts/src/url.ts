import { z } from 'zod';
import { limits } from './limits.js';

/** An absolute http(s) URL without credentials and fragment. Whether its address is allowed is checked at connect. */
export const displayUrl = z
  .url({ protocol: /^https?$/ })
  .max(limits.urlLength)
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url?.username === '' && url.password === '' && url.hash === '';
  }, 'must be an http or https URL without credentials and fragment')
  .meta({ example: 'https://hooks.example.com/message-received' });
