import { fileURLToPath } from 'node:url';

/** Absolute path of the tree this file stands in; the samples of test/architecture bring their own copy. */
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * How dependency-cruiser follows an import. package.json maps `#domain/x.js` to dist/, which need not be built and
 * is not what the rules speak of; here it leads to the source. dependency-cruiser takes such a table only in the
 * form of a webpack configuration; webpack itself is not used.
 */
export default {
  resolve: {
    importsFields: [],
    alias: {
      '#domain': `${root}libs/domain/src`,
      '#contracts': `${root}libs/contracts/src`,
      '#platform': `${root}libs/platform/src`,
      '#dialects': `${root}libs/dialects/src`,
      '#prisma': `${root}generated/prisma`,
    },
    extensionAlias: { '.js': ['.ts', '.js'] },
  },
};
